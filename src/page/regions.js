/**
 * Brings the page up to date: fetches it again as the service renders it and exchanges the parts that
 * differ. What a person is doing in a part stays: focus, opened details, the place in a wide table.
 */
import { ask } from './keys.js';

/** What each part was when it came, because the page's script writes into some of them since. */
const came = new Map();
/** @type {string | undefined} */
let etag;

/**
 * The one place that makes elements from text: the page's policy (`trusted-types`) forbids any other.
 * @type {{ createHTML: (text: string) => string } | undefined}
 */
const policy = Reflect.get(globalThis, 'trustedTypes')?.createPolicy('plimsoll', {
  createHTML: (/** @type {string} */ text) => text,
});

/** @param {Document} page */
function remember(page) {
  for (const region of page.querySelectorAll('[data-region]'))
    came.set(region.id, region.innerHTML);
}

/** To be called once, before anything is written into the page. */
export function rememberRegions() {
  remember(document);
}

/**
 * @typedef {'same' | 'changed' | 'needs_key'} Refreshed
 * @param {{ whole?: boolean }} [how] `whole`: the main part is exchanged as one.
 * @returns {Promise<Refreshed>} Rejects when the service does not answer.
 */
export async function refreshPage({ whole = false } = {}) {
  /** @type {Record<string, string>} */
  const headers = { accept: 'text/html' };
  if (etag !== undefined && !whole) headers['if-none-match'] = etag;
  const answer = await ask(location.pathname + location.search, { headers, cache: 'no-store' });
  if (answer.status === 304) return 'same';
  if (!answer.ok && answer.status !== 401 && answer.status !== 403) {
    throw new Error(`the page answered ${answer.status}`);
  }
  const text = await answer.text();
  const page = new DOMParser().parseFromString(policy?.createHTML(text) ?? text, 'text/html');
  const main = page.getElementById('main');
  if (main === null) throw new Error('the answer is no page of ours');
  if (main.hasAttribute('data-needs-key')) return 'needs_key';
  etag = answer.headers.get('etag') ?? undefined;
  document.title = page.title;
  if (whole) {
    document.getElementById('main')?.replaceWith(document.adoptNode(main));
    remember(document);
  } else {
    exchangeRegions(page);
  }
  return 'changed';
}

/** @param {Document} page */
function exchangeRegions(page) {
  for (const fresh of page.querySelectorAll('[data-region]')) {
    const old = document.getElementById(fresh.id);
    const html = fresh.innerHTML;
    if (old === null || came.get(fresh.id) === html) continue;
    came.set(fresh.id, html);
    exchange(old, fresh);
  }
  const from = page.querySelector('main > [data-id]');
  const to = document.querySelector('main > [data-id]');
  if (!(from instanceof HTMLElement) || !(to instanceof HTMLElement)) return;
  Object.assign(to.dataset, from.dataset);
}

/**
 * @param {Element} old
 * @param {Element} fresh
 */
function exchange(old, fresh) {
  const focused = document.activeElement;
  const held = focused !== null && old.contains(focused) ? placeOf(old, focused) : undefined;
  for (const details of old.querySelectorAll('details[id]')) {
    const same = fresh.querySelector(`#${CSS.escape(details.id)}`);
    if (same instanceof HTMLDetailsElement && details instanceof HTMLDetailsElement)
      same.open = details.open;
  }
  const scrolled = [...old.querySelectorAll('.scroll')].map((one) => one.scrollLeft);
  old.className = fresh.className;
  old.replaceChildren(...[...fresh.childNodes].map((node) => document.adoptNode(node)));
  for (const [i, one] of [...old.querySelectorAll('.scroll')].entries())
    one.scrollLeft = scrolled[i] ?? 0;
  if (held !== undefined) focusAgain(old, held);
}

/**
 * By id, else by its number among what can be focused.
 * @param {Element} root
 * @param {Element} focused
 */
function placeOf(root, focused) {
  return { id: focused.id, index: focusable(root).indexOf(focused) };
}

/**
 * @param {Element} root
 * @param {{ id: string, index: number }} place
 */
function focusAgain(root, { id, index }) {
  const found = id === '' ? focusable(root)[index] : document.getElementById(id);
  // What was focused is gone, such as the abort button of a search that has ended.
  const target = found ?? document.getElementById('main');
  if (target instanceof HTMLElement) target.focus({ preventScroll: true });
}

/** @param {Element} root */
function focusable(root) {
  return [...root.querySelectorAll('a[href], button, input, summary, [tabindex]')];
}
