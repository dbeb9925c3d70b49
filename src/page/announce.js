/** The two lines that tell what changed: one for screen readers, one for everyone when the line is cut. */

/**
 * Said once by a screen reader; only what a listener would want to be interrupted for.
 * @param {string} text
 */
export function announce(text) {
  const place = document.getElementById('announcer');
  if (place !== null && place.textContent !== text) place.textContent = text;
}

/**
 * @param {string | undefined} text Undefined: all is well.
 */
export function showConnection(text) {
  const place = document.getElementById('connection');
  if (place === null) return;
  const wasLost = !place.hidden;
  place.hidden = text === undefined;
  place.textContent = text ?? '';
  if (text !== undefined && !wasLost) announce(text);
  if (text === undefined && wasLost) announce('Connected again.');
}
