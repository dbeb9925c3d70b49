/** Faults on the form: a list above it that leads to the fields, and each at its field. */
import { faultText, fieldOf } from './fault-places.js';

/**
 * @typedef {import('./fault-places.js').Fault} Fault
 * @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} FormField
 */

export function clearFaults() {
  const list = document.getElementById('faults');
  if (list !== null) list.hidden = true;
  const price = document.getElementById('price');
  if (price !== null) price.hidden = true;
  for (const field of document.querySelectorAll('#start-form [aria-invalid]')) {
    field.removeAttribute('aria-invalid');
  }
  for (const place of document.querySelectorAll('#start-form .field .fault'))
    place.textContent = '';
}

/**
 * @param {{ title?: string, detail?: string, errors?: Fault[], search_id?: string }} problem
 * @param {readonly FormField[]} fields
 */
export function showProblem({ title, detail, errors, search_id: searchId }, fields) {
  const heading =
    errors === undefined || errors.length === 0
      ? `${title}. ${detail ?? ''}`
      : (title ?? 'Refused');
  showFaults(heading, errors ?? [], fields, searchId);
}

/**
 * @param {string} heading
 * @param {readonly Fault[]} faults
 * @param {readonly FormField[]} fields
 * @param {string} [searchId] The search that stands in the way.
 */
export function showFaults(heading, faults, fields, searchId) {
  const list = document.getElementById('faults');
  if (list === null) return;
  const title = document.createElement('h2');
  title.textContent = heading;
  const items = document.createElement('ul');
  const pointers = fields.map((field) => field.dataset['pointer'] ?? '');
  for (const fault of faults)
    items.append(faultItem(fault, fields, fieldOf(fault.pointer, pointers)));
  if (searchId !== undefined)
    items.append(itemWith(link(`/searches/${encodeURIComponent(searchId)}`, 'That search')));
  list.replaceChildren(title, items);
  list.hidden = false;
  list.focus();
}

/**
 * @param {Fault} fault
 * @param {readonly FormField[]} fields
 * @param {string | undefined} pointer
 */
function faultItem(fault, fields, pointer) {
  const field = fields.find((one) => one.dataset['pointer'] === pointer);
  const text = faultText(fault);
  if (field === undefined) return itemWith(document.createTextNode(`${fault.pointer}: ${text}`));
  field.setAttribute('aria-invalid', 'true');
  const folded = field.closest('details');
  if (folded !== null) folded.open = true;
  const place = document.getElementById(`${field.id}-fault`);
  if (place !== null) place.textContent = `${place.textContent} ${text}`.trim();
  const name = field.labels?.[0]?.textContent ?? fault.pointer;
  const to = link(`#${field.id}`, `${name}: ${text}`);
  to.addEventListener('click', (event) => {
    event.preventDefault();
    field.focus();
  });
  return itemWith(to);
}

/** @param {Node} content */
function itemWith(content) {
  const item = document.createElement('li');
  item.append(content);
  return item;
}

/**
 * @param {string} href
 * @param {string} text
 */
function link(href, text) {
  const to = document.createElement('a');
  to.href = href;
  to.textContent = text;
  return to;
}
