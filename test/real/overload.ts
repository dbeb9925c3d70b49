/**
 * `node test/real/overload.ts`: one service as a process, and everything at once that a bad day brings:
 * 10,000 stored searches, 1,000 idle and 200 slow readers of events, 500 POSTs in one go. Prints what was
 * measured beside its limit, as JSON; ends with 1 when a limit was passed.
 */
import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openSqliteStore, STORE_FILE } from '../../src/service/store/sqlite-store.ts';
import { startService, startSim, temporaryFolder } from '../main/processes.ts';
import { event, newSearch, question } from '../service/store/samples.ts';

const STORED = 10_000;
const IDLE_READERS = 1_000;
const SLOW_READERS = 200;
const POSTS = 500;
const LONG_STORY = 'long-story';
/** A reader that takes nothing is cut after 20 s (`STREAM_TIMING.stallMs`), a look every few seconds. */
const CUT_WITHIN_MS = 30_000;

interface Figure {
  readonly what: string;
  readonly value: number;
  /** At most this. */
  readonly limit: number;
}
const figures: Figure[] = [];
const note = (what: string, value: number, limit: number): void => {
  figures.push({ what, value: Math.round(value * 10) / 10, limit });
  process.stderr.write(`${what}: ${value.toFixed(1)} (at most ${limit})\n`);
};

const folder = temporaryFolder();
const stop = new AbortController();
await fillStore();
const sim = await startSim();
const { program, url } = await startService(folder, { PLIMSOLL_MAX_QUEUED: '100' });
try {
  await listed();
  const id = await longSearch();
  const readers = await readEvents(id);
  await burstOfPosts();
  await readers.settle();
} finally {
  stop.abort();
  program.child.kill('SIGTERM');
  const before = performance.now();
  await program.ended;
  note(
    'ms from SIGTERM to the end, over a running search and a full queue',
    performance.now() - before,
    4_000,
  );
  sim.program.child.kill('SIGTERM');
  folder.remove();
}
process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
process.exitCode = figures.every(({ value, limit }) => value <= limit) ? 0 : 1;

async function fillStore(): Promise<void> {
  const opened = await openSqliteStore(join(folder.path, STORE_FILE));
  if (!opened.ok) throw new Error(opened.error.message);
  const store = opened.value;
  for (let i = 0; i < STORED; i++) {
    const id = `stored-${i}`;
    const policy = i % 3 === 0 ? 'chat' : 'rag';
    const labels = { night: String(i % 30) };
    const createdAtMs = Date.now() - STORED + i;
    await store.createSearch(
      newSearch(id, { createdAtMs, question: question({ policy, labels }) }),
      undefined,
      [event('search.queued')],
    );
    await store.change(id, { state: 'cancelled', endedAtMs: createdAtMs }, [
      event('search.cancelled'),
    ]);
  }
  // A story of 10 MB: more than the buffers of two sockets take.
  await store.createSearch(newSearch(LONG_STORY), undefined, []);
  const line = event('probe.progress', { needs: 'x'.repeat(1_000) });
  for (let i = 0; i < 10; i++) await store.appendEvents(LONG_STORY, Array(1_000).fill(line));
  await store.change(LONG_STORY, { state: 'cancelled', endedAtMs: Date.now() }, [
    event('search.cancelled'),
  ]);
  await store.close();
}

async function listed(): Promise<void> {
  const queries = [
    'limit=20',
    'limit=100',
    'policy=chat&limit=100',
    'label=night%3D7',
    'state=cancelled',
  ];
  for (const query of queries) {
    const times: number[] = [];
    let cursor: string | null = null;
    for (let i = 0; i < 40; i++) {
      const page: string = cursor === null ? '' : `&cursor=${cursor}`;
      const before = performance.now();
      const response = await fetch(`${url}/v1/searches?${query}${page}`);
      const body = (await response.json()) as { readonly next_cursor: string | null };
      times.push(performance.now() - before);
      cursor = body.next_cursor;
    }
    note(`ms for a page of ${STORED} searches, p50, ?${query}`, quantile(times, 0.5), 50);
  }
}

async function longSearch(): Promise<string> {
  // Seldom errors take tens of thousands of requests to show, and no bound on time voids a burst while
  // this machine is busy with us.
  const response = await post({ slo: 'error_rate < 0.01%', budget: { load_seconds: 600 } });
  const { id } = (await response.json()) as { readonly id: string };
  return id;
}

function post(change: Record<string, unknown>): Promise<Response> {
  return fetch(`${url}/v1/searches`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      target: { base_url: `${sim.url}/v1` },
      slo: 'error_rate < 10%',
      load: { axis: 'concurrency', min: 2, start: 4, max: 8 },
      workload: { input_tokens: 40, output_tokens: 10 },
      ...change,
    }),
  });
}

interface Readers {
  settle(): Promise<void>;
}

/** Idle ones take what comes; slow ones ask on a socket of their own and never read. */
async function readEvents(id: string): Promise<Readers> {
  const residentBefore = await resident();
  const agent = new Agent({ maxSockets: Infinity });
  const path = `/v1/searches/${id}/events`;
  const heard = new Array<number>(IDLE_READERS).fill(0);
  let open = 0;
  await Promise.all(
    heard.map(async (_, i) => {
      const request = get(`${url}${path}`, { agent, headers: { accept: 'text/event-stream' } });
      stop.signal.addEventListener('abort', () => request.destroy());
      request.on('error', () => undefined);
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      if (response.statusCode !== 200) return;
      open += 1;
      response.on('data', (piece: Buffer) => {
        heard[i] = (heard[i] ?? 0) + piece.length;
      });
      response.on('error', () => undefined);
    }),
  );
  note(`of ${IDLE_READERS} idle readers, not let in`, IDLE_READERS - open, 0);
  const slow = await Promise.all(Array.from({ length: SLOW_READERS }, () => slowReader()));
  await delay(6_000);
  note('idle readers that heard nothing', heard.filter((bytes) => bytes === 0).length, 0);
  note('ms for /healthz beside 1,200 readers, p99', await health(100), 1_000);
  note('MB that 1,200 readers cost', ((await resident()) - residentBefore) / 1e6, 600);
  return {
    async settle() {
      await delay(CUT_WITHIN_MS);
      // A socket that is not read does not hear of its end: what it was sent tells whether it was cut.
      const whole = await Promise.all(slow.map(readsAll));
      note('stalled readers that were not cut', whole.filter((all) => all).length, 0);
      const before = heard.slice();
      await delay(3_000);
      const deaf = heard.filter((bytes, i) => bytes === before[i]).length;
      note('idle readers that hear nothing any more', deaf, 0);
    },
  };
}

/** Asks for the long story and reads nothing of it. */
async function slowReader(): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.pause();
  socket.write(
    `GET /v1/searches/${LONG_STORY}/events HTTP/1.1\r\nhost: ${hostname}:${port}\r\naccept: text/event-stream\r\n\r\n`,
  );
  return socket;
}

async function readsAll(socket: Socket): Promise<boolean> {
  let last = '';
  socket.on('data', (piece: Buffer) => {
    last = piece.toString('latin1', Math.max(0, piece.length - 500));
  });
  const closed = once(socket, 'close').catch(() => undefined);
  socket.resume();
  await Promise.race([closed, delay(10_000)]);
  socket.destroy();
  return last.includes('search.cancelled') || last === '';
}

async function burstOfPosts(): Promise<void> {
  const sick: number[] = [];
  let posting = true;
  const watching = (async () => {
    while (posting) sick.push(await health(1));
  })();
  const before = performance.now();
  const answers = await Promise.all(
    Array.from({ length: POSTS }, async (_, seed) => {
      const response = await post({ seed, budget: { load_seconds: 5 } });
      const body = (await response.json()) as { readonly id?: string; readonly code?: string };
      return { status: response.status, id: body.id, retry: response.headers.get('retry-after') };
    }),
  );
  note(`ms for ${POSTS} POSTs at once`, performance.now() - before, 20_000);
  posting = false;
  await watching;
  note('ms for /healthz meanwhile, the longest', Math.max(...sick), 1_500);
  const accepted = answers.filter(({ status }) => status === 202);
  const refused = answers.filter(({ status, retry }) => status === 429 && Number(retry) > 0);
  note(
    'answers that are neither 202 nor 429 with Retry-After',
    POSTS - accepted.length - refused.length,
    0,
  );
  note('accepted beyond the queue', accepted.length - 100, 0);
  const known = await Promise.all(
    accepted.map(async ({ id }) => (await fetch(`${url}/v1/searches/${id}/summary`)).status),
  );
  note('accepted searches that are lost', known.filter((status) => status !== 202).length, 0);
}

async function health(times: number): Promise<number> {
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    const before = performance.now();
    await (await fetch(`${url}/healthz`)).text();
    taken.push(performance.now() - before);
    await delay(5);
  }
  return quantile(taken, 0.99);
}

async function resident(): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]);
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
