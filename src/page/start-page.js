/** The form: shows the JSON that it makes, has it checked, posts it, and shows every fault at its field. */
import { announce } from './announce.js';
import { asSearch, bodyOf, placeInGate, textOf } from './form-body.js';
import { clearFaults, showFaults, showProblem } from './form-faults.js';
import { ask, handleKeys, hasKey, needsKey } from './keys.js';
import { refreshPage } from './regions.js';

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} FormField */

/** One for each different body: a second click on "Start" gets the same search, not a second load. */
const sent = { json: '', key: '' };

function form() {
  const found = document.getElementById('start-form');
  return found instanceof HTMLFormElement ? found : undefined;
}

/** @returns {FormField[]} Those that belong to the question that is asked. */
function fields() {
  const all = /** @type {NodeListOf<FormField>} */ (
    document.querySelectorAll('#start-form [data-pointer]')
  );
  return [...all].filter((field) => field.closest('[hidden]') === null);
}

function kind() {
  const at = form();
  return at !== undefined && new FormData(at).get('kind') === 'gate' ? 'gate' : 'search';
}

function body() {
  return bodyOf(
    fields().map(({ dataset, value }) => ({
      pointer: dataset['pointer'] ?? '',
      kind: dataset['kind'] ?? 'text',
      text: value,
    })),
  );
}

function path() {
  return kind() === 'gate' ? '/v1/gates' : '/v1/searches';
}

function showBody() {
  for (const part of document.querySelectorAll('#start-form [data-only]')) {
    if (part instanceof HTMLElement) part.hidden = part.dataset['only'] !== kind();
  }
  const place = document.getElementById('json');
  if (place !== null) place.textContent = `POST ${path()}\n${JSON.stringify(body(), null, 2)}`;
  describePolicy();
}

function describePolicy() {
  const select = document.getElementById('field-policy');
  const hint = document.getElementById('field-policy-hint');
  if (!(select instanceof HTMLSelectElement) || hint === null) return;
  const described = document.querySelector(`#policies [data-policy="${CSS.escape(select.value)}"]`);
  hint.dataset['first'] ??= hint.textContent ?? '';
  hint.textContent = described?.textContent ?? hint.dataset['first'];
}

/**
 * @param {string} to
 * @param {Record<string, unknown>} what
 * @param {Record<string, string>} headers
 */
function post(to, what, headers = {}) {
  return ask(to, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(what),
  });
}

async function check() {
  clearFaults();
  const isGate = kind() === 'gate';
  const answer = await post('/v1/policies/check', isGate ? asSearch(body()) : body());
  const told = await answer.json();
  if (isGate) {
    for (const fault of told.errors ?? []) fault.pointer = placeInGate(fault.pointer);
  }
  if (!answer.ok) return showProblem(told, fields());
  if (!told.ok) return showFaults('The service would not start this', told.errors, fields());
  showPrice(told);
}

/** @param {{ price: { sentence: string }, question: Record<string, unknown> }} told */
function showPrice({ price, question }) {
  const place = document.getElementById('price');
  if (place === null) return;
  const heading = document.createElement('h2');
  heading.textContent = 'It can start. What it takes';
  const sentence = document.createElement('p');
  sentence.textContent = price.sentence;
  const whole = document.createElement('details');
  const summary = document.createElement('summary');
  summary.textContent = 'The whole question, with what policy and defaults add';
  const pre = document.createElement('pre');
  pre.tabIndex = 0;
  pre.textContent = JSON.stringify(question, null, 2);
  whole.append(summary, pre);
  place.replaceChildren(heading, sentence, whole);
  place.hidden = false;
}

async function start() {
  clearFaults();
  const json = `${path()} ${JSON.stringify(body())}`;
  if (sent.json !== json) Object.assign(sent, { json, key: randomKey() });
  const answer = await post(path(), body(), { 'idempotency-key': sent.key });
  const told = await answer.json();
  if (!answer.ok) return showProblem(told, fields());
  location.assign(`/${kind() === 'gate' ? 'gates' : 'searches'}/${encodeURIComponent(told.id)}`);
}

/** `crypto.randomUUID` is only there over TLS or on loopback. */
function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `page-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/**
 * @param {() => Promise<void>} work
 * @param {HTMLButtonElement | null} button
 */
async function whileBusy(work, button) {
  if (button?.getAttribute('aria-disabled') === 'true') return;
  // Not `disabled`: that would take the focus away.
  button?.setAttribute('aria-disabled', 'true');
  try {
    await work();
  } catch {
    showFaults(
      'The service did not answer. Nothing is known to have started; start again, it will not start twice',
      [],
      [],
    );
  } finally {
    button?.removeAttribute('aria-disabled');
  }
}

/** `?from=…&kind=…`: the same question as that search or gate. */
async function fillFrom() {
  const query = new URLSearchParams(location.search);
  const id = query.get('from');
  const isGate = query.get('kind') === 'gate';
  const choice = document.getElementById(`kind-${isGate ? 'gate' : 'search'}`);
  if (choice instanceof HTMLInputElement) choice.checked = true;
  showBody();
  if (id === null) return;
  const answer = await ask(`${path()}/${encodeURIComponent(id)}`).catch(() => undefined);
  if (answer?.ok !== true) return announce('It was not found; the form is empty.');
  const { question } = await answer.json();
  for (const field of fields()) {
    field.value = textOf(question, field.dataset['pointer'] ?? '', field.dataset['kind'] ?? 'text');
  }
  showBody();
}

function ready() {
  for (const button of document.querySelectorAll('#start-form button'))
    button.removeAttribute('disabled');
  void fillFrom();
}

document.addEventListener('input', showBody);
document.addEventListener('submit', (event) => {
  if (event.target !== form()) return;
  event.preventDefault();
  const button = event.submitter;
  void whileBusy(start, button instanceof HTMLButtonElement ? button : null);
});
document.addEventListener('click', (event) => {
  const button =
    event.target instanceof Element ? event.target.closest('[data-action="check"]') : null;
  if (button instanceof HTMLButtonElement) void whileBusy(check, button);
});

async function load() {
  if ((await refreshPage({ whole: true })) === 'needs_key') return false;
  ready();
  return true;
}

handleKeys(load);
if (!needsKey()) ready();
else if (hasKey()) void load();
