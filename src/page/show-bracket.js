/**
 * On a narrow screen a plot is wider than the page, so that its text can be read. It is scrolled to the
 * bracket at first, because that is what one looks for.
 */
export function showBrackets() {
  for (const frame of document.querySelectorAll(
    '#figure-latency .scroll, #figure-goodput .scroll',
  )) {
    const bracket = frame.querySelector('.bracket-edge, .maximum, .estimate');
    if (bracket === null || frame.scrollWidth <= frame.clientWidth) continue;
    const at = bracket.getBoundingClientRect();
    const seen = frame.getBoundingClientRect();
    frame.scrollLeft += at.left + at.width / 2 - seen.left - seen.width / 2;
  }
}
