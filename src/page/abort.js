/** Aborting a search: asked once more in a dialog, then one call; its end comes with the events. */
import { announce } from './announce.js';
import { ask } from './keys.js';

/**
 * @param {() => string} path Of the search in the API.
 */
export function handleAbort(path) {
  document.addEventListener('click', async (event) => {
    const button = event.target instanceof Element ? event.target.closest('[data-action]') : null;
    const dialog = document.getElementById('abort-dialog');
    if (!(button instanceof HTMLButtonElement) || !(dialog instanceof HTMLDialogElement)) return;
    const { action } = button.dataset;
    if (action === 'abort') {
      showFault('');
      dialog.showModal();
    } else if (action === 'keep') {
      dialog.close();
    } else if (action === 'confirm-abort') {
      button.disabled = true;
      const fault = await cancel(path());
      button.disabled = false;
      if (fault !== undefined) return showFault(fault);
      dialog.close();
      announce('Aborted.');
    }
  });
  document.addEventListener('close', focusAgain, { capture: true });
}

/** The button that opened the dialog may have been exchanged since: the focus it gives back is lost. */
function focusAgain() {
  if (document.activeElement !== document.body) return;
  const again = document.querySelector('[data-action="abort"]') ?? document.getElementById('main');
  if (again instanceof HTMLElement) again.focus({ preventScroll: true });
}

/**
 * @param {string} path
 * @returns {Promise<string | undefined>} What went wrong.
 */
async function cancel(path) {
  try {
    const answer = await ask(`${path}/cancel`, { method: 'POST' });
    if (answer.ok) return undefined;
    const problem = await answer.json().catch(() => ({}));
    return `${problem.title ?? 'The service refused'} (${answer.status}). ${problem.detail ?? ''}`;
  } catch {
    return 'The service did not answer: the load may still run. Try again.';
  }
}

/** @param {string} text */
function showFault(text) {
  const place = document.getElementById('abort-fault');
  if (place !== null) place.textContent = text;
}
