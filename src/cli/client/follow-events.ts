/** The events of a search, each once and in order, across reconnects; ends after the last one. */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { createSseSplitter } from '../../core/dialect/sse-splitter.ts';
import type { ServiceClient } from './service-client.ts';

const eventSchema = z.looseObject({ id: z.number(), type: z.string() });

/** Between two connections of a stream that was cut without a new event. */
const RECONNECT_MS = 500;
/** The service sends a heartbeat every 15 s: three missing ones are a dead connection. */
const SILENCE_MS = 50_000;
const NO_CONTENT = 204;

export async function followEvents(
  client: ServiceClient,
  path: string,
  onEvent: (event: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  let last = 0;
  for (;;) {
    const response = await client.open({
      method: 'GET',
      path,
      headers: { accept: 'text/event-stream', 'last-event-id': String(last) },
      signal,
    });
    const before = last;
    // The end of a stream is only the end of the search when the service says so.
    if (response.status === NO_CONTENT) return;
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
    await readInto(response, splitter.push, signal);
    if (last === before) await delay(RECONNECT_MS, undefined, { signal });
  }
}

/** A stream that is cut or silent is not an error: the next connection resumes it. */
async function readInto(
  response: Response,
  push: (piece: Buffer) => void,
  signal: AbortSignal,
): Promise<void> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  const cut = (): void => void reader.cancel().catch(() => undefined);
  const silence = setTimeout(cut, SILENCE_MS);
  signal.addEventListener('abort', cut, { once: true });
  try {
    for (;;) {
      const piece = await pieceOf(reader);
      if (piece === undefined) break;
      silence.refresh();
      push(Buffer.from(piece));
    }
  } finally {
    clearTimeout(silence);
    signal.removeEventListener('abort', cut);
    cut();
  }
  signal.throwIfAborted();
}

/** Undefined at the end, however it came. */
async function pieceOf(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<Uint8Array | undefined> {
  try {
    return (await reader.read()).value;
  } catch {
    return undefined;
  }
}
