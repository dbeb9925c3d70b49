/** Tiers with plots of their own in the HTML report; more make a file that nobody reads. */
export const MAX_PLOTTED_TIERS = 3;
