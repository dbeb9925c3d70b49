/**
 * `npm run fuzz:stream`: random and mutated streams through the whole path from bytes to a row of the
 * records, cut at random places. Whatever the cuts, and whether contents are parsed or known by their
 * shape, the row is the same; nothing throws, nothing is kept without bound.
 *
 *   --streams N   how many (default 1,000,000)    --seed N   where to begin (default 1)
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createRandom, type Random } from '../../src/core/base/random.ts';
import { createAnswerStream } from '../../src/core/dialect/answer-stream.ts';
import type { StreamEndpointKind } from '../../src/core/dialect/endpoint.ts';
import { createColumns, outcomeAt } from '../../src/core/metrics/request-columns.ts';
import { Exchange } from '../../src/load/generator/exchange.ts';
import { createLanes, type Lane } from '../../src/load/generator/lanes.ts';
import { createOutputCount } from '../../src/load/generator/output-count.ts';
import { pendingRows } from '../../src/load/generator/record-log.ts';
import { PATIENT, planOf } from './one-sender.ts';

const EXAMPLES = new URL('../core/dialect/examples/', import.meta.url);
const ENDPOINTS: readonly StreamEndpointKind[] = ['chat', 'completions', 'responses', 'messages'];
const MAX_PIECES = 12;
const MAX_MUTATIONS = 3;

/** What hostile and broken streams are made of. */
const FRAGMENTS: readonly Buffer[] = [
  ...[
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    ':',
    'data:',
    'data: ',
    'data: [DONE]\n\n',
    'error: {}\n',
    'event: x\n',
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
    '\\u00e9',
    'null',
    ',',
    '1e999',
    '\u0000',
    '\uFEFF',
    'é',
    '🚢',
  ],
  ...['{"error":{"message":"x"}}', '"usage":{"prompt_tokens":5,"completion_tokens":3}'],
  ...[
    '"finish_reason":"stop"',
    '"finish_reason":"abort"',
    '"choices":[]',
    '"content":"',
    '"text":"x"',
  ],
].map((text) => Buffer.from(text));
const BAD_BYTES: readonly Buffer[] = [[0xff], [0xc3], [0xe2, 0x82], [0xf0, 0x9f]].map((bytes) =>
  Buffer.from(bytes),
);

export interface FuzzReport {
  readonly streams: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** The first disagreement, enough to repeat it. */
  readonly failure: string | undefined;
}

export function fuzzStreams(streams: number, firstSeed: number): FuzzReport {
  const names = readdirSync(EXAMPLES);
  const examples = names.map((name) => readFileSync(new URL(name, EXAMPLES)));
  const lane = createLanes(planOf({ baseUrl: 'http://127.0.0.1:9/v1' }).target, PATIENT).take();
  const outcomes: Record<string, number> = {};
  for (let i = 0; i < streams; i++) {
    const seed = firstSeed + i;
    const random = createRandom(seed);
    const at = random.integer(examples.length);
    const endpoint = endpointOf(names[at] ?? '', random);
    const bytes = randomStream(examples, at, random);
    const whole = rowOf(lane, endpoint, [bytes]);
    const cut = rowOf(lane, endpoint, randomPieces(bytes, random));
    const parsed = parsedRow(endpoint, bytes);
    if (whole.row !== cut.row || whole.answer !== parsed) {
      const failure = `seed ${seed}: ${whole.row} / ${cut.row} / ${whole.answer} / ${parsed}`;
      return { streams: i + 1, outcomes, failure };
    }
    outcomes[whole.outcome] = (outcomes[whole.outcome] ?? 0) + 1;
  }
  return { streams, outcomes, failure: undefined };
}

/** Mostly the endpoint of the example; now and then another, as when a proxy mixes things up. */
function endpointOf(name: string, random: Random): StreamEndpointKind {
  if (random.integer(10) === 0) return ENDPOINTS[random.integer(ENDPOINTS.length)] ?? 'chat';
  if (name.includes('completions')) return 'completions';
  if (name.includes('responses')) return 'responses';
  return /anthropic|messages/.test(name) ? 'messages' : 'chat';
}

function randomStream(examples: readonly Buffer[], at: number, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(examples[at] ?? '');
  if (random.integer(4) === 0) bytes = repeatedEvents(bytes, random);
  if (random.integer(8) === 0) bytes = Buffer.concat([bytes, pick(examples, random)]);
  const mutations = random.integer(MAX_MUTATIONS + 1);
  for (let i = 0; i < mutations; i++) bytes = mutate(bytes, random);
  return bytes;
}

/** A long answer: one event again and again, so that its shape is learnt, with another text each time. */
function repeatedEvents(bytes: Buffer, random: Random): Buffer {
  const events = bytes.toString('utf8').split(/(?<=\n\n)/);
  const at = random.integer(events.length);
  const again = Array.from({ length: 1 + random.integer(20) }, () =>
    (events[at] ?? '').replace(/("(?:content|text)":\s?")[^"]*/, `$1${word(random)}`),
  );
  events.splice(at, 0, ...again);
  return Buffer.from(events.join(''));
}

function word(random: Random): string {
  return (
    ['', 'a', ' word', 'é', '🚢', '\\n', '\\"', '\\u00e9', '\t', ' '][random.integer(10)] ?? ''
  );
}

function mutate(bytes: Buffer, random: Random): Buffer {
  const at = random.integer(bytes.length + 1);
  const length = random.integer(20);
  switch (random.integer(7)) {
    case 0:
      return Buffer.from(bytes.subarray(0, at));
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), pick(FRAGMENTS, random), bytes.subarray(at)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), pick(BAD_BYTES, random), bytes.subarray(at)]);
    case 4: {
      const changed = Buffer.from(bytes);
      if (at < changed.length) changed[at] = random.integer(256);
      return changed;
    }
    case 5:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - 200))]);
    default: {
      const long = random.integer(50) === 0 ? 70_000 : 300;
      return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(long, 'x'), bytes.subarray(at)]);
    }
  }
}

/** Half of the streams are cut where events end, as servers write them: there the short way is taken. */
function randomPieces(bytes: Buffer, random: Random): Buffer[] {
  const atEnds = random.integer(2) === 0;
  const places = Array.from({ length: random.integer(MAX_PIECES) }, () => {
    const place = random.integer(bytes.length + 1);
    const end = atEnds ? bytes.indexOf('\n\n', place) : -1;
    return end < 0 ? place : end + 2;
  }).sort((a, b) => a - b);
  const pieces: Buffer[] = [];
  let from = 0;
  for (const to of [...places, bytes.length]) {
    if (to > from) pieces.push(bytes.subarray(from, to));
    from = to;
  }
  return pieces;
}

/** Through a request as the generator has it; each piece is wiped when it returns, as the shared buffer is. */
function rowOf(
  lane: Lane,
  endpoint: StreamEndpointKind,
  pieces: readonly Buffer[],
): { row: string; answer: string; outcome: string } {
  const controller = {
    aborted: false,
    paused: false,
    reason: null,
    abort: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
  };
  const exchange = new Exchange(
    {
      clock: { nowMs: () => 5 },
      outputCount: createOutputCount('usage', undefined),
      tls: false,
      onSent: () => undefined,
      onEnded: () => undefined,
    },
    {
      part: 0,
      endpoint,
      path: '/',
      headers: {},
      body: '',
      askedInputTokens: 2,
      askedOutputTokens: 3,
      documents: 1,
      keepsText: false,
    },
    1,
    lane,
  );
  exchange.onRequestStart(controller);
  exchange.onResponseStart(controller, 200, { 'content-type': 'text/event-stream' });
  for (const piece of pieces) {
    const shared = Buffer.from(piece);
    exchange.onResponseData(controller, shared);
    shared.fill(0xfe);
  }
  exchange.onResponseEnd();
  const columns = pendingRows([exchange], []);
  const { eventCount, chunkCount, finishReason, usage } = exchange.stream.answer;
  return {
    row: JSON.stringify([
      outcomeAt(columns, 0),
      Object.keys(createColumns(0)).map((key) =>
        JSON.stringify(columns[key as keyof typeof columns]),
      ),
    ]),
    answer: JSON.stringify({ eventCount, chunkCount, finishReason, usage }),
    outcome: outcomeAt(columns, 0),
  };
}

/** The same bytes with every event parsed. A body that begins like JSON is no stream to the exchange. */
function parsedRow(endpoint: StreamEndpointKind, bytes: Buffer): string {
  const stream = createAnswerStream(endpoint, () => undefined);
  if (bytes[0] !== 0x7b) stream.push(bytes);
  if (bytes[0] !== 0x7b && stream.answer.malformed === undefined) stream.end();
  const { eventCount, chunkCount, finishReason, usage } = stream.answer;
  return JSON.stringify({ eventCount, chunkCount, finishReason, usage });
}

function pick(from: readonly Buffer[], random: Random): Buffer {
  return from[random.integer(from.length)] ?? Buffer.alloc(0);
}

const BATCH = 20_000;
const BYTES_PER_MB = 1_048_576;

function main(): void {
  const { values } = parseArgs({
    options: {
      streams: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '1' },
    },
  });
  const total = Number(values.streams);
  for (let done = 0; done < total; done += BATCH) {
    const report = fuzzStreams(Math.min(BATCH, total - done), Number(values.seed) + done);
    if (report.failure !== undefined) {
      console.error(report.failure);
      process.exitCode = 1;
      return;
    }
    const rss = Math.round(process.memoryUsage.rss() / BYTES_PER_MB);
    console.log(`${done + report.streams} streams, ${rss} MB`, report.outcomes);
  }
}

if (import.meta.main) main();
