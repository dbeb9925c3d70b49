/** A client of the service: starts a search, follows its events, reads the answer. */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { createSseSplitter } from '../core/dialect/sse-splitter.ts';

const createdSchema = z.looseObject({ id: z.string() });
const eventSchema = z.looseObject({ id: z.number(), type: z.string() });
const summarySchema = z.object({
  state: z.string(),
  done: z.boolean(),
  sentence: z.string(),
  capacity_at_least: z.number(),
  capacity_below: z.number().nullable(),
});

export interface Answer {
  readonly summary: z.infer<typeof summarySchema>;
  /** The search as the service gave it. */
  readonly whole: unknown;
}

/** Between two tries of a stream that was cut. */
const RECONNECT_MS = 500;
/** Longest hold that the service grants. */
const HOLD_SECONDS = 55;

export async function postSearch(url: string, body: unknown, signal: AbortSignal): Promise<string> {
  const response = await fetch(`${url}/v1/searches`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`the service refused the search: ${text}`);
  return createdSchema.parse(JSON.parse(text)).id;
}

/** Every event once and in order, across reconnects; ends after the last one. */
export async function followEvents(
  url: string,
  id: string,
  onEvent: (event: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  let last = 0;
  for (;;) {
    const response = await fetch(`${url}/v1/searches/${id}/events`, {
      headers: { accept: 'text/event-stream', 'last-event-id': String(last) },
      signal,
    });
    if (response.status === 204) return;
    if (!response.ok || response.body === null) {
      throw new Error(`the service refused its events: ${await response.text()}`);
    }
    const splitter = createSseSplitter({
      onData(bytes, start, end) {
        const event = eventSchema.parse(JSON.parse(bytes.toString('utf8', start, end)));
        if (event.id <= last) return;
        last = event.id;
        onEvent(event);
      },
      onErrorLine() {},
      onOverflow() {
        throw new Error('the service sent a line over the limit');
      },
    });
    await readInto(response.body, splitter.push, signal);
    // The end of the stream is only the end of the search when the service says so: 204 above.
    await delay(RECONNECT_MS, undefined, { signal });
  }
}

export async function readAnswer(url: string, id: string, signal: AbortSignal): Promise<Answer> {
  for (;;) {
    const response = await fetch(`${url}/v1/searches/${id}`, {
      headers: { prefer: `wait=${HOLD_SECONDS}` },
      signal,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`the service refused the answer: ${text}`);
    const whole: unknown = JSON.parse(text);
    const { summary } = z.object({ summary: summarySchema }).parse(whole);
    if (summary.done) return { summary, whole };
  }
}

/** A stream that is cut is not an error here: the next connection resumes it. */
async function readInto(
  body: ReadableStream<Uint8Array>,
  push: (piece: Buffer) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const piece of body) push(Buffer.from(piece));
  } catch {
    signal.throwIfAborted();
  }
}
