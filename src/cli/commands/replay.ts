/**
 * `plimsoll replay FILE`: a stored search decided again from its log, one line for each observation and
 * the decision it led to, then the answer. Shows why a search did what it did, and whether the
 * controller of this program would do the same.
 */
import { createReadStream, existsSync } from 'node:fs';
import type { Fault } from '../../core/base/fault.ts';
import type { Command, Given } from '../args/command.ts';
import { withService } from '../client/connect.ts';
import { CommandError, messageOf, say } from '../exit.ts';
import { readLog } from '../replay/read-log.ts';
import { replaySearch } from '../replay/replay-search.ts';

const EXIT = { equal: 0, differs: 1, unusable: 2 } as const;

export const command: Command = {
  about:
    'Decides a stored search again from its log, and tells whether every decision is the same.',
  positionals: [
    {
      name: 'LOG',
      about: 'a file with what GET /v1/searches/{id}/log gave, - for stdin, or the id of a search',
      required: true,
    },
  ],
  options: {},
  notes: 'Exit codes: 0 every decision equal, 1 not, 2 no usable log.',
  examples: ['plimsoll replay log.json'],
  run: (given) => replay(given),
};

/** A search has at most 400 probes; the logs of the longest have a few megabytes. */
const MAX_LOG_BYTES = 64 * 1_024 * 1_024;

/** As the service makes them; a path has a dot or a slash. */
const SEARCH_ID = /^[a-z0-9]{12,40}$/;

/** More than anyone reads; a file that is something else altogether has a fault for each of its keys. */
const MAX_FAULTS = 200;

async function readBytes(place: string): Promise<Uint8Array> {
  if (place !== '-' && !existsSync(place) && SEARCH_ID.test(place)) {
    const call = { method: 'GET', path: `/v1/searches/${place}/log` } as const;
    return Buffer.from(await withService((client) => client.text(call)));
  }
  try {
    return await readWhole(place);
  } catch (error) {
    throw new CommandError(messageOf(error), EXIT.unusable);
  }
}

async function readWhole(file: string): Promise<Uint8Array> {
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

function faultLine({ pointer, expected, received, line, column }: Fault): string {
  const place = pointer === '' ? 'the log' : pointer;
  const at = line === undefined ? '' : ` (line ${line}, column ${column})`;
  return `${place}${at}: expected ${expected}, received ${received}`;
}

function sayFaults(faults: readonly Fault[]): void {
  faults.slice(0, MAX_FAULTS).map(faultLine).forEach(say);
  if (faults.length > MAX_FAULTS) say(`and ${faults.length - MAX_FAULTS} more`);
}

async function replay(given: Given): Promise<number> {
  const [place = '-'] = given.positionals;
  const read = readLog(await readBytes(place));
  if (!read.ok) {
    sayFaults(read.error);
    return EXIT.unusable;
  }
  const { lines, difference } = refusing(() => replaySearch(read.value));
  process.stdout.write(`${lines.join('\n')}\n`);
  if (difference === undefined) return EXIT.equal;
  const { pointer, stored, replayed } = difference;
  const version = read.value.plimsoll_version ?? 'an unknown version';
  say(`differs at ${pointer}: stored ${stored} (by ${version}), replayed ${replayed}`);
  return EXIT.differs;
}

/** A log that the controller itself refuses is no usable one. */
function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new CommandError(messageOf(error), EXIT.unusable);
  }
}
