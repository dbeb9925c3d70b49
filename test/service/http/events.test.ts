/** The events of a search in both views, and the stream's manners. */
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventPageSchema } from '../../../src/service/http/schemas/event.ts';
import { createHttpRig, type HttpRig, idOf, searchBody } from './http-rig.ts';

let rig: HttpRig;
beforeEach(async () => {
  rig = await createHttpRig();
});
afterEach(async () => {
  expect(rig.failures).toEqual([]);
  await rig.dispose();
});

async function started(): Promise<string> {
  return idOf(await rig.post('/v1/searches', searchBody()));
}

const SSE = { accept: 'text/event-stream' };

interface Streamed {
  readonly events: EventSourceMessage[];
  readonly comments: string[];
  readonly retries: number[];
}

async function readStream(response: Response): Promise<Streamed> {
  const streamed: Streamed = { events: [], comments: [], retries: [] };
  const parser = createParser({
    onEvent: (event) => streamed.events.push(event),
    onComment: (comment) => streamed.comments.push(comment.trim()),
    onRetry: (ms) => streamed.retries.push(ms),
  });
  parser.feed(await response.text());
  return streamed;
}

async function page(id: string, query: string) {
  return eventPageSchema.parse(await (await rig.call(`/v1/searches/${id}/events${query}`)).json());
}

test('the stream ends after the last event, with the ids of the pages', async () => {
  const id = await started();
  const response = await rig.call(`/v1/searches/${id}/events`, { headers: SSE });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const { events, retries } = await readStream(response);
  expect(retries).toEqual([2_000]);
  expect(events.map((event) => Number(event.id))).toEqual(events.map((_, i) => i + 1));
  expect(events.at(-1)?.event).toBe('search.done');

  const paged = await page(id, '?after=0');
  expect(paged.events).toEqual(events.map((event) => JSON.parse(event.data)));
  expect(paged).toMatchObject({ done: true, after: events.length });
});

test('pages follow each other without gaps', async () => {
  const id = await started();
  await rig.ended(id);
  const all = await page(id, '?after=0');
  const ids: number[] = [];
  let after = 0;
  for (;;) {
    const part = await page(id, `?after=${after}&limit=3`);
    ids.push(...part.events.map((event) => event.id));
    after = part.after;
    if (part.done) break;
  }
  expect(ids).toEqual(all.events.map((event) => event.id));
});

test('Last-Event-ID resumes; after the last event there is nothing more', async () => {
  const id = await started();
  await rig.ended(id);
  const all = await page(id, '?after=0');
  const last = all.after;
  const resumed = await rig.call(`/v1/searches/${id}/events`, {
    headers: { ...SSE, 'last-event-id': String(last - 2) },
  });
  const { events } = await readStream(resumed);
  expect(events.map((event) => Number(event.id))).toEqual([last - 1, last]);
  const over = await rig.call(`/v1/searches/${id}/events`, {
    headers: { ...SSE, 'last-event-id': String(last) },
  });
  expect(over.status).toBe(204);
});

test('a search that waits sends heartbeats and goes on when there is news', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  rig.knobs.hold = promise;
  const id = await started();
  const response = await rig.call(`/v1/searches/${id}/events`, { headers: SSE });
  const reading = readStream(response);
  await expect.poll(() => rig.bursts.length).toBe(1);
  // Two heartbeats of 20 ms pass while the load is held.
  setTimeout(() => {
    rig.knobs.hold = undefined;
    resolve();
  }, 50);
  const { events, comments } = await reading;
  expect(comments.length).toBeGreaterThan(0);
  expect(new Set(comments)).toEqual(new Set(['heartbeat']));
  expect(events.at(-1)?.event).toBe('search.done');
});

test('a reader that leaves is forgotten', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  rig.knobs.hold = promise;
  const id = await started();
  const response = await rig.call(`/v1/searches/${id}/events`, { headers: SSE });
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.cancel();
  rig.knobs.hold = undefined;
  resolve();
  await rig.ended(id);
});

test('without ?after= and without a wish it is a stream; JSON on request', async () => {
  const id = await started();
  await rig.ended(id);
  const plain = await rig.call(`/v1/searches/${id}/events`, { headers: { accept: '*/*' } });
  expect(plain.headers.get('content-type')).toBe('text/event-stream');
  await plain.body?.cancel();
  const json = await rig.call(`/v1/searches/${id}/events`, {
    headers: { accept: 'application/json' },
  });
  expect(eventPageSchema.parse(await json.json()).events.length).toBeGreaterThan(0);
});
