/**
 * The few numbers that move while a burst runs, written between two exchanges of the section: what
 * `probe.progress` tells as it stands, and the time since the burst began, which goes on by itself. Nothing
 * here says how far the search is: nobody knows.
 */

import { countText, secondsText } from './number-text.js';

/** As often as a number in seconds can change. */
const TICK_MS = 1_000;

/** The burst's element and when the burst began, by this browser's own clock. */
const burst = { place: /** @type {Element | undefined} */ (undefined), beganMs: 0 };

/** Starts the clock; the section may be exchanged or gone at any time. */
export function keepTime() {
  setInterval(showTime, TICK_MS);
}

function showTime() {
  const place = document.querySelector('[data-live="elapsed"]');
  if (!(place instanceof HTMLElement)) return;
  if (place !== burst.place) {
    Object.assign(burst, {
      place,
      beganMs: performance.now() - Number(place.dataset['elapsedMs']),
    });
  }
  showElapsed((performance.now() - burst.beganMs) / 1_000);
}

/** @param {number} seconds */
function showElapsed(seconds) {
  write('elapsed', secondsText(seconds));
  const meter = document.querySelector('[data-live="meter"]');
  if (!(meter instanceof HTMLMeterElement)) return;
  const used = Math.min(meter.max, Number(meter.dataset['spentSeconds']) + seconds);
  meter.value = Math.round(used);
  const left = secondsText(meter.max - used);
  write('load', `${secondsText(used)} of ${secondsText(meter.max)} used, at most ${left} left`);
}

/**
 * @param {unknown} data Of a `probe.progress` event.
 */
export function showProgress(data) {
  if (typeof data !== 'object' || data === null) return;
  const { requests, needs } = /** @type {Record<string, unknown>} */ (data);
  if (typeof requests === 'number') write('requests', countText(requests));
  // One word is the reason for its end, as `view/page/progress.ts` knows it.
  if (typeof needs === 'string')
    write('needs', /^[a-z_]+$/.test(needs) ? 'nothing more: it ends now' : needs);
}

/**
 * @param {string} name
 * @param {string} text
 */
function write(name, text) {
  const place = document.querySelector(`[data-live="${name}"]`);
  if (place !== null && place.textContent !== text) place.textContent = text;
}
