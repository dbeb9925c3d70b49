/**
 * Every request of the pages goes through here: it adds the key, when there is one, and tells when the
 * service wants one. The key is in sessionStorage: this tab only, gone when it is closed, and no
 * cookie that another site could make the browser send.
 */
const STORED = 'plimsoll-key';
/** Longer than any answer of a page or a call takes, event streams apart. */
const TIMEOUT_MS = 30_000;

/** @returns {string | null} */
function storedKey() {
  return sessionStorage.getItem(STORED);
}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<Response>}
 */
export function ask(path, init = {}) {
  const headers = new Headers(init.headers);
  const key = storedKey();
  if (key !== null) headers.set('authorization', `Bearer ${key}`);
  const signal = init.signal ?? AbortSignal.timeout(TIMEOUT_MS);
  return fetch(path, { ...init, headers, signal, redirect: 'error', credentials: 'same-origin' });
}

/**
 * Shows the form's faults and its effect; the page exchanges its main part when a key is taken.
 * @param {() => Promise<boolean>} load Fetches the page with the key; false when it was refused.
 */
export function handleKeys(load) {
  const forget = document.querySelector('[data-action="forget-key"]');
  const show = () => {
    if (forget instanceof HTMLElement) forget.hidden = storedKey() === null;
  };
  show();
  document.addEventListener('submit', async (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.id !== 'key-form') return;
    event.preventDefault();
    const key = String(new FormData(form).get('key') ?? '').trim();
    if (!/^[\x21-\x7e]+$/.test(key))
      return refuse('Type the key: printable characters, no spaces.');
    sessionStorage.setItem(STORED, key);
    const taken = await load().catch(() => undefined);
    if (taken === true) return show();
    sessionStorage.removeItem(STORED);
    refuse(
      taken === false
        ? 'The service does not take this key.'
        : 'The service did not answer. Try again.',
    );
  });
  document.addEventListener('click', (event) => {
    if (
      !(event.target instanceof Element) ||
      event.target.closest('[data-action="forget-key"]') === null
    )
      return;
    sessionStorage.removeItem(STORED);
    location.reload();
  });
}

/** @param {string} fault */
function refuse(fault) {
  const place = document.getElementById('key-fault');
  const input = document.getElementById('key');
  if (place !== null) place.textContent = fault;
  if (input instanceof HTMLInputElement) {
    input.setAttribute('aria-invalid', 'true');
    input.focus();
  }
}

/** A page that came without its data, for want of a key. */
export function needsKey() {
  return document.getElementById('main')?.hasAttribute('data-needs-key') === true;
}

export function hasKey() {
  return storedKey() !== null;
}
