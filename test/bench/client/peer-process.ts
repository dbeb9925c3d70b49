/**
 * The clients that ours is held against, one a process: the `openai` package's stream, plain `fetch`,
 * and the floor, a raw socket with the least parsing that still finds every event. Each is a closed loop
 * of `streams` clients that stamps every content.
 */
import { connect } from 'node:net';
import OpenAI from 'openai';
import { createSharedClock } from '../../../src/load/shared-clock.ts';

export type PeerKind = 'openai' | 'fetch' | 'raw';

export type PeerCommand =
  | {
      readonly kind: 'load';
      readonly peer: PeerKind;
      readonly port: number;
      readonly streams: number;
      readonly rampMs: number;
    }
  | { readonly kind: 'window' }
  | { readonly kind: 'look' };

/** Stamps of the answers in the window, by request id. */
export interface PeerTimes {
  readonly ids: Int32Array;
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  readonly seenMs: Float64Array;
  readonly cpuUs: number;
  readonly rssBytes: number;
  readonly utilisation: number;
}

interface Recording {
  id: number;
  readonly stamps: number[];
}

const clock = createSharedClock();
const recordings: Recording[] = [];
let cpu = process.cpuUsage();
let utilisation = performance.eventLoopUtilization();

const MESSAGES = [{ role: 'user' as const, content: 'count for me' }];
const BODY = {
  model: 'bench',
  messages: MESSAGES,
  max_completion_tokens: 100,
  stream: true as const,
  stream_options: { include_usage: true },
};

function record(): Recording {
  const recording: Recording = { id: -1, stamps: [] };
  recordings.push(recording);
  return recording;
}

async function openaiLoop(port: number): Promise<void> {
  const client = new OpenAI({
    apiKey: 'none',
    baseURL: `http://127.0.0.1:${port}/v1`,
    maxRetries: 0,
  });
  for (;;) {
    const recording = record();
    const stream = await client.chat.completions.create(BODY);
    for await (const chunk of stream) {
      const nowMs = clock.nowMs();
      if (chunk.usage) recording.id = chunk.usage.prompt_tokens;
      if (chunk.choices[0]?.delta.content) recording.stamps.push(nowMs);
    }
  }
}

async function fetchLoop(port: number): Promise<void> {
  for (;;) {
    const recording = record();
    const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(BODY),
    });
    const decoder = new TextDecoder();
    let rest = '';
    for await (const piece of response.body ?? []) {
      const nowMs = clock.nowMs();
      rest += decoder.decode(piece, { stream: true });
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (!line.startsWith('data: {')) continue;
        const event = JSON.parse(line.slice(6));
        if (event.usage) recording.id = event.usage.prompt_tokens;
        if (event.choices[0]?.delta.content) recording.stamps.push(nowMs);
      }
    }
  }
}

const LF = 10;
const CR = 13;
const ZERO = 48;
const NINE = 57;
const CRLF_BYTES = 2;
/** One read buffer for all sockets. */
const SHARED = Buffer.allocUnsafeSlow(65_536);
const REQUEST = ((): string => {
  const body = JSON.stringify(BODY);
  return `POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
})();

/** The least that any client must do: head and chunks of HTTP told from data, lines found, contents stamped. */
function rawLoop(port: number): void {
  let recording = record();
  /** Of the head or of a line: what a read ended within. */
  let rest = '';
  let inHead = true;
  let inSize = true;
  /** The size of a chunk as far as it was read, then its bytes to come, line end included. */
  let left = 0;
  const onRead = (length: number): boolean => {
    const nowMs = clock.nowMs();
    let at = inHead ? afterHead(length) : 0;
    while (at < length) {
      if (inSize) {
        const byte = SHARED[at++] ?? 0;
        if (byte !== LF) {
          if (byte !== CR) left = left * 16 + (byte <= NINE ? byte - ZERO : (byte & 7) + 9);
          continue;
        }
        inSize = false;
        if (left === 0) ended();
        left += CRLF_BYTES;
      }
      lines(at, Math.min(length, at + left - CRLF_BYTES), nowMs);
      const next = Math.min(length, at + left);
      left -= next - at;
      inSize = left === 0;
      at = next;
    }
    return true;
  };
  const afterHead = (length: number): number => {
    const text = rest + SHARED.toString('latin1', 0, length);
    const end = text.indexOf('\r\n\r\n');
    if (end < 0) {
      rest = text;
      return length;
    }
    inHead = false;
    left = 0;
    inSize = true;
    const at = end + 4 - rest.length;
    rest = '';
    return at;
  };
  const lines = (from: number, to: number, nowMs: number): void => {
    let start = from;
    while (start < to) {
      const end = SHARED.indexOf(LF, start);
      if (end < 0 || end >= to) {
        rest += SHARED.toString('latin1', start, to);
        return;
      }
      if (rest !== '' || end > start) line(rest + SHARED.toString('latin1', start, end), nowMs);
      rest = '';
      start = end + 1;
    }
  };
  const line = (text: string, nowMs: number): void => {
    if (!text.startsWith('data: {')) return;
    if (text.includes('"content":"')) recording.stamps.push(nowMs);
    if (recording.id < 0) recording.id = Number(/"prompt_tokens":(\d+)/.exec(text)?.[1] ?? -1);
  };
  const ended = (): void => {
    inHead = true;
    recording = record();
    setImmediate(() => socket.write(REQUEST));
  };
  const socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: { buffer: SHARED, callback: onRead },
  });
  socket.on('error', () => process.exit(1));
  socket.on('connect', () => socket.write(REQUEST));
}

function startOne(peer: PeerKind, port: number): void {
  // A stream cut by the end of the bench is no failure; any other shows as missing chunks.
  if (peer === 'raw') rawLoop(port);
  else (peer === 'openai' ? openaiLoop(port) : fetchLoop(port)).catch(() => undefined);
}

function times(): PeerTimes {
  const known = recordings.filter(({ id, stamps }) => id >= 0 && stamps.length > 0);
  const total = known.reduce((sum, { stamps }) => sum + stamps.length, 0);
  const result = {
    ids: new Int32Array(known.length),
    starts: new Int32Array(known.length),
    counts: new Int32Array(known.length),
    seenMs: new Float64Array(total),
  };
  const used = process.cpuUsage(cpu);
  const load = performance.eventLoopUtilization(utilisation).utilization;
  let at = 0;
  known.forEach(({ id, stamps }, i) => {
    result.ids[i] = id;
    result.starts[i] = at;
    result.counts[i] = stamps.length;
    result.seenMs.set(stamps, at);
    at += stamps.length;
  });
  return {
    ...result,
    cpuUs: used.user + used.system,
    rssBytes: process.memoryUsage.rss(),
    utilisation: load,
  };
}

process.on('disconnect', () => process.exit(0));
process.on('message', (command: PeerCommand) => {
  if (command.kind === 'load') {
    const { peer, port, streams, rampMs } = command;
    for (let i = 0; i < streams; i++)
      setTimeout(() => startOne(peer, port), (rampMs * i) / streams);
  } else if (command.kind === 'window') {
    cpu = process.cpuUsage();
    utilisation = performance.eventLoopUtilization();
  } else process.send?.({ kind: 'times', times: times() });
});
