/**
 * `plimsoll replay FILE`: a stored search decided again from its log, one line for each observation and
 * the decision it led to, then the answer. Shows why a search did what it did, and whether the
 * controller of this program would do the same.
 */
import { createReadStream } from 'node:fs';
import type { Fault } from '../core/base/fault.ts';
import { readLog } from './read-log.ts';
import { replaySearch } from './replay-search.ts';

const EXIT = { equal: 0, differs: 1, unusable: 2 } as const;

const USAGE = `Usage: npm run replay -- FILE
  FILE   what GET /v1/searches/{id}/log gave; - reads it from stdin
`;

/** A search has at most 400 probes; the logs of the longest have a few megabytes. */
const MAX_LOG_BYTES = 64 * 1_024 * 1_024;

/** More than anyone reads; a file that is something else altogether has a fault for each of its keys. */
const MAX_FAULTS = 200;

async function readBytes(file: string): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of file === '-' ? process.stdin : createReadStream(file)) {
    const bytes = Buffer.from(piece);
    size += bytes.byteLength;
    if (size > MAX_LOG_BYTES) throw new Error(`${file} has more than ${MAX_LOG_BYTES} bytes`);
    pieces.push(bytes);
  }
  return Buffer.concat(pieces);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function faultLine({ pointer, expected, received, line, column }: Fault): string {
  const place = pointer === '' ? 'the log' : pointer;
  const at = line === undefined ? '' : ` (line ${line}, column ${column})`;
  return `${place}${at}: expected ${expected}, received ${received}`;
}

function sayFaults(faults: readonly Fault[]): void {
  faults.slice(0, MAX_FAULTS).map(faultLine).forEach(say);
  if (faults.length > MAX_FAULTS) say(`and ${faults.length - MAX_FAULTS} more`);
}

async function replay(args: readonly string[]): Promise<number> {
  const [file, ...more] = args;
  if (file === undefined || more.length > 0 || /^-./.test(file)) {
    process.stderr.write(USAGE);
    return EXIT.unusable;
  }
  const bytes = await readBytes(file);
  const read = readLog(bytes);
  if (!read.ok) {
    sayFaults(read.error);
    return EXIT.unusable;
  }
  const { lines, difference } = replaySearch(read.value);
  process.stdout.write(`${lines.join('\n')}\n`);
  if (difference === undefined) return EXIT.equal;
  const { pointer, stored, replayed } = difference;
  const version = read.value.plimsoll_version ?? 'an unknown version';
  say(`differs at ${pointer}: stored ${stored} (by ${version}), replayed ${replayed}`);
  return EXIT.differs;
}

try {
  process.exitCode = await replay(process.argv.slice(2));
} catch (error) {
  // A file that cannot be read, or a log that the controller itself refuses.
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = EXIT.unusable;
}
