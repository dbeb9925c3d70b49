/**
 * The bench's target, in a process of its own: a scripted server that streams chunks at an even rate on
 * each connection and keeps the time of each write on the shared clock. What a client measures is held
 * against these times, so neither the client's nor the target's own slowness can hide.
 *
 * Raw TCP, prebuilt chunks: the target must not be what limits.
 */
import { createServer, type Socket } from 'node:net';
import { createSharedClock } from '../../../src/load/shared-clock.ts';

export interface TargetPlan {
  readonly chunksPerAnswer: number;
  readonly chunksPerSecond: number;
  /** All streams write at the same instants; else each has a phase of its own. */
  readonly together?: boolean;
}

export interface TargetTimes {
  /** Request ids, and for each the first index into `sentMs` and the number of chunks. */
  readonly ids: Int32Array;
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  readonly sentMs: Float64Array;
  /** Lag from the even schedule to the write, and the load of the target's own loop. */
  readonly writeLagMsP99: number;
  readonly utilisation: number;
  readonly cpuUs: number;
}

export type TargetCommand =
  | { readonly kind: 'plan'; readonly plan: TargetPlan }
  | { readonly kind: 'start' }
  | { readonly kind: 'times' };

interface Stream {
  readonly id: number;
  readonly socket: Socket;
  readonly sentMs: Float64Array;
  readonly startMs: number;
  written: number;
}

const PAD = 'x'.repeat(60);
const HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';

function event(choices: string, rest = ''): string {
  return `data: {"id":"chatcmpl-5f0c1d2e3a4b","object":"chat.completion.chunk","created":1790000000,"model":"bench","choices":[${choices}]${rest}}\n\n`;
}

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

const TOKEN_EVENT = event(
  `{"index":0,"delta":{"content":" word${PAD}"},"logprobs":null,"finish_reason":null}`,
);
const TOKEN = Buffer.from(chunk(TOKEN_EVENT));
const FINISH = event('{"index":0,"delta":{},"logprobs":null,"finish_reason":"length"}');

const clock = createSharedClock();
let plan: TargetPlan = { chunksPerAnswer: 100, chunksPerSecond: 25 };
let nextId = 0;
const running = new Set<Stream>();
let finished: Stream[] = [];
let lags: number[] = [];
let utilisation = performance.eventLoopUtilization();
let cpu = process.cpuUsage();

function begin(socket: Socket): void {
  const id = nextId++;
  running.add({
    id,
    socket,
    sentMs: new Float64Array(plan.chunksPerAnswer),
    startMs: firstWriteMs(id, 1_000 / plan.chunksPerSecond),
    written: 0,
  });
}

function firstWriteMs(id: number, gapMs: number): number {
  const nowMs = clock.nowMs();
  // The golden ratio spreads any number of streams evenly over the gap.
  return plan.together === true
    ? Math.ceil(nowMs / gapMs) * gapMs
    : nowMs + ((id * 0.618034) % 1) * gapMs;
}

function write(stream: Stream, nowMs: number): void {
  const { socket, id, sentMs } = stream;
  const gapMs = 1_000 / plan.chunksPerSecond;
  const dueMs = stream.startMs + stream.written * gapMs;
  if (dueMs > nowMs) return;
  if (stream.written > 0) lags.push(nowMs - dueMs);
  // The time is taken for each write: a tick of many writes takes a while itself.
  sentMs[stream.written] = clock.nowMs();
  if (stream.written === 0) {
    // The id travels as usage, which every client can read.
    const usage = `,"usage":{"prompt_tokens":${id},"completion_tokens":1}`;
    socket.write(
      HEAD +
        chunk(
          event(
            '{"index":0,"delta":{"role":"assistant","content":"first"},"finish_reason":null}',
            usage,
          ),
        ),
    );
  } else socket.write(TOKEN);
  stream.written += 1;
  if (stream.written < plan.chunksPerAnswer) return;
  const usage = event('', `,"usage":{"prompt_tokens":${id},"completion_tokens":${stream.written}}`);
  socket.write(`${chunk(FINISH)}${chunk(usage)}${chunk('data: [DONE]\n\n')}0\r\n\r\n`);
  running.delete(stream);
  finished.push(stream);
}

function tick(): void {
  const nowMs = clock.nowMs();
  for (const stream of running) write(stream, nowMs);
  setTimeout(tick, 1);
}

function times(): TargetTimes {
  const streams = [...finished, ...running].filter((stream) => stream.written > 0);
  const total = streams.reduce((sum, stream) => sum + stream.written, 0);
  const result = {
    ids: new Int32Array(streams.length),
    starts: new Int32Array(streams.length),
    counts: new Int32Array(streams.length),
    sentMs: new Float64Array(total),
  };
  let at = 0;
  streams.forEach((stream, i) => {
    result.ids[i] = stream.id;
    result.starts[i] = at;
    result.counts[i] = stream.written;
    result.sentMs.set(stream.sentMs.subarray(0, stream.written), at);
    at += stream.written;
  });
  lags.sort((a, b) => a - b);
  const used = process.cpuUsage(cpu);
  return {
    ...result,
    writeLagMsP99: lags[Math.floor(lags.length * 0.99)] ?? 0,
    utilisation: performance.eventLoopUtilization(utilisation).utilization,
    cpuUs: used.user + used.system,
  };
}

const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  socket.on('close', () => {
    for (const stream of running) if (stream.socket === socket) running.delete(stream);
  });
  let head = '';
  let bodyLeft = -1;
  socket.on('data', (piece) => {
    if (bodyLeft < 0) {
      head += piece.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      bodyLeft = length - (head.length - end - 4);
    } else bodyLeft -= piece.length;
    if (bodyLeft > 0) return;
    head = '';
    bodyLeft = -1;
    begin(socket);
  });
});

process.on('disconnect', () => process.exit(0));
process.on('message', (command: TargetCommand) => {
  if (command.kind === 'plan') {
    plan = command.plan;
    for (const { socket } of running) socket.destroy();
    running.clear();
    finished = [];
    process.send?.({ kind: 'planned' });
  } else if (command.kind === 'start') {
    finished = [];
    lags = [];
    utilisation = performance.eventLoopUtilization();
    cpu = process.cpuUsage();
  } else process.send?.({ kind: 'times', times: times() });
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 8_192 }, () => {
  const address = server.address();
  if (address !== null && typeof address !== 'string') {
    process.send?.({ kind: 'listening', port: address.port });
  }
});
tick();
