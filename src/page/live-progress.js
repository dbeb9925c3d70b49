/**
 * The few numbers that move while a burst runs, written from `probe.progress` between two exchanges of
 * the section. Nothing is guessed: what the event says is shown.
 */

/**
 * @param {unknown} data Of a `probe.progress` event.
 */
export function showProgress(data) {
  if (typeof data !== 'object' || data === null) return;
  const { elapsed_ms: elapsedMs, requests, needs } = /** @type {Record<string, unknown>} */ (data);
  if (typeof elapsedMs !== 'number') return;
  write('elapsed', secondsText(elapsedMs / 1_000));
  if (typeof requests === 'number') write('requests', countText(requests));
  if (typeof needs === 'string') write('needs', needs);
  const meter = document.querySelector('[data-live="meter"]');
  if (!(meter instanceof HTMLMeterElement)) return;
  const used = Math.min(meter.max, Number(meter.dataset['spentSeconds']) + elapsedMs / 1_000);
  meter.value = Math.round(used);
  const left = secondsText(meter.max - used);
  write('load', `${secondsText(used)} of ${secondsText(meter.max)} used, at most ${left} left`);
}

/**
 * @param {string} name
 * @param {string} text
 */
function write(name, text) {
  const place = document.querySelector(`[data-live="${name}"]`);
  if (place !== null && place.textContent !== text) place.textContent = text;
}

/**
 * As `view/page/number-text.ts` writes it.
 * @param {number} seconds
 */
export function secondsText(seconds) {
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole} s`;
  const rest = whole % 60;
  const minutes = `${Math.floor(whole / 60)} min`;
  return rest === 0 ? minutes : `${minutes} ${rest} s`;
}

/** @param {number} count */
export function countText(count) {
  return String(Math.round(count)).replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',');
}
