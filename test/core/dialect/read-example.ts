/** Runs bytes through an answer stream and tells all that was seen, for tables of expectations. */
import { readFileSync } from 'node:fs';
import type { Answer, Delta } from '../../../src/core/dialect/answer.ts';
import { createAnswerStream } from '../../../src/core/dialect/answer-stream.ts';
import type { StreamEndpointKind } from '../../../src/core/dialect/endpoint.ts';
import { outcomeOfAnswer } from '../../../src/core/dialect/outcome-rules.ts';
import type { Outcome } from '../../../src/core/metrics/request-columns.ts';

export interface Reading {
  readonly deltas: readonly Delta[];
  readonly answer: Answer;
  readonly outcome: Outcome;
}

export function readPieces(endpoint: StreamEndpointKind, pieces: Iterable<Buffer>): Reading {
  const deltas: Delta[] = [];
  const stream = createAnswerStream(endpoint, (delta) => deltas.push(delta));
  for (const piece of pieces) stream.push(piece);
  stream.end();
  return { deltas, answer: stream.answer, outcome: outcomeOfAnswer(stream.answer) };
}

export function exampleBytes(name: string): Buffer {
  return readFileSync(new URL(`./examples/${name}.sse`, import.meta.url));
}

export function textOf(reading: Reading, kind: Delta['kind']): string {
  return reading.deltas
    .filter((delta) => delta.kind === kind)
    .map((delta) => delta.text)
    .join('');
}

/** The bytes cut at the given places, each piece a copy of its own. */
export function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...[...places].sort((a, b) => a - b), bytes.length];
  const pieces: Buffer[] = [];
  for (let i = 1; i < sorted.length; i++) {
    pieces.push(Buffer.from(bytes.subarray(sorted[i - 1], sorted[i])));
  }
  return pieces;
}
