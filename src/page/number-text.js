/** Numbers in the page's own words, as `view/page/number-text.ts` writes them; a test holds the two together. */

const SECONDS_PER_MINUTE = 60;
/** Shorter than this is told in seconds alone. */
const LONG_SECONDS = 120;

/** @param {number} seconds */
export function secondsText(seconds) {
  const whole = Math.round(seconds);
  if (whole < LONG_SECONDS) return `${whole} s`;
  const minutes = `${Math.floor(whole / SECONDS_PER_MINUTE)} min`;
  const rest = whole % SECONDS_PER_MINUTE;
  return rest === 0 ? minutes : `${minutes} ${rest} s`;
}

/** @param {number} count */
export function countText(count) {
  return String(Math.round(count)).replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',');
}
