/**
 * Follows the events of a search by `fetch` (an EventSource sends no key) until the last one, over as
 * many connections as it takes: after a cut it asks again from the last event that it saw.
 */
import { createEventReader } from './event-reader.js';
import { ask } from './keys.js';

/** The service sends a heartbeat each 15 s: twice missed, and the line is dead though nobody said so. */
const SILENCE_MS = 35_000;
/** Waits between two tries grow from the service's `retry` to this. */
const MAX_WAIT_MS = 15_000;
const FIRST_WAIT_MS = 1_000;
const GROWTH = 1.6;

/**
 * @typedef {object} Following
 * @property {string} path
 * @property {number} after Id of the last event that the page already shows.
 * @property {(event: import('./event-reader.js').ServerEvent) => void} onEvent
 * @property {(state: 'open' | 'lost') => void} onConnection
 * @property {() => void} onEnd All events were seen.
 * @property {(status: number) => void} onRefused The service answers, and says no.
 */

/** @param {Following} following */
export async function followEvents(following) {
  const { onConnection, onEnd, onRefused } = following;
  const seen = { id: String(following.after) };
  let waitMs = FIRST_WAIT_MS;
  for (;;) {
    const connection = await connectOnce(following, seen).catch(() => ({
      kind: 'lost',
      got: false,
      retryMs: undefined,
      status: 0,
    }));
    if (connection.kind === 'ended') return onEnd();
    if (connection.kind === 'refused') return onRefused(connection.status);
    onConnection('lost');
    waitMs = connection.got ? FIRST_WAIT_MS : Math.min(MAX_WAIT_MS, waitMs * GROWTH);
    await whenItMayWork(waitMs);
  }
}

/**
 * One connection, to its end.
 * @param {Following} following
 * @param {{ id: string }} seen
 * @returns {Promise<{ kind: string, got: boolean, retryMs: number | undefined, status: number }>}
 */
async function connectOnce({ path, onEvent, onConnection }, seen) {
  const aborter = new AbortController();
  let silence = setTimeout(() => aborter.abort(), SILENCE_MS);
  const reader = createEventReader();
  let got = false;
  /** @param {string} kind */
  const end = (kind, status = 0) => ({ kind, got, retryMs: reader.retryMs(), status });
  try {
    const headers = { accept: 'text/event-stream', 'last-event-id': seen.id };
    const answer = await ask(path, { headers, signal: aborter.signal, cache: 'no-store' });
    if (answer.status === 204) return end('ended');
    // A service that is starting, overloaded or behind a proxy is asked again; a no is a no.
    if (!answer.ok)
      return end(answer.status >= 500 || answer.status === 429 ? 'lost' : 'refused', answer.status);
    if (answer.body === null) return end('lost');
    onConnection('open');
    const pieces = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await pieces.read();
      clearTimeout(silence);
      if (done) return end('lost');
      silence = setTimeout(() => aborter.abort(), SILENCE_MS);
      for (const event of reader.push(value)) {
        got = true;
        seen.id = event.id;
        onEvent(event);
        if (isLast(event.type)) return end('ended');
      }
    }
  } finally {
    clearTimeout(silence);
    aborter.abort();
  }
}

/** @param {string} type */
export function isLast(type) {
  return /\.(done|failed|cancelled|expired)$/.test(type);
}

/**
 * Waits; shorter when the machine comes online or somebody looks at the tab again.
 * @param {number} ms
 * @returns {Promise<void>}
 */
function whenItMayWork(ms) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener('online', done);
      document.removeEventListener('visibilitychange', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener('online', done);
    document.addEventListener('visibilitychange', done);
  });
}
