/** Replays of real stored searches: equal as they stand, different or refused once somebody touched them. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readLog } from '../../../src/cli/replay/read-log.ts';
import { differenceOf, type Replay, replaySearch } from '../../../src/cli/replay/replay-search.ts';
import { type Ended, type Folder, run, temporaryFolder } from '../../main/processes.ts';
import { createHttpRig, type HttpRig, idOf, searchBody } from '../../service/http/http-rig.ts';

let folder: Folder;
/** The log of one whole search, as the service gave it. */
let whole: string;

beforeAll(async () => {
  folder = temporaryFolder();
  whole = await logAfter(async () => {}, searchBody());
}, 60_000);
afterAll(() => folder.remove());

/** Runs a search of its own in virtual time; `during` may disturb it. */
async function logAfter(
  during: (rig: HttpRig, id: string) => Promise<void>,
  body: unknown,
  before: (rig: HttpRig) => void = () => {},
): Promise<string> {
  const rig = await createHttpRig();
  before(rig);
  const id = await idOf(await rig.post('/v1/searches', body));
  await during(rig, id);
  await rig.ended(id);
  const text = await (await rig.call(`/v1/searches/${id}/log`)).text();
  await rig.dispose();
  return text;
}

function replayed(text: string): Replay {
  const read = readLog(Buffer.from(text));
  if (!read.ok) throw new Error(JSON.stringify(read.error, null, 1));
  return replaySearch(read.value);
}

/** `pointer code` of every fault. */
function faultsOf(text: string): string[] {
  const read = readLog(Buffer.from(text));
  return read.ok ? [] : read.error.map(({ pointer, code }) => `${pointer} ${code}`);
}

// biome-ignore lint/suspicious/noExplicitAny: a forger may change anything anywhere
function changed(change: (log: any) => void, text = whole): string {
  const log: unknown = JSON.parse(text);
  change(log);
  return JSON.stringify(log);
}

describe('a real search', { timeout: 60_000 }, () => {
  test('gives every decision and the answer again, one line for each observation', () => {
    const { lines, difference } = replayed(whole);
    expect(difference).toBeUndefined();
    const log = JSON.parse(whole);
    expect(log.observations.length).toBeGreaterThan(3);
    expect(lines[0]).toMatch(/^begin -> grow \d+ for [\d.]+ s: /);
    const line =
      /^\d+ \w+ \d+: \w+ after [\d.]+ s, p90\(ttft\)[^;]* \d+ of \d+ bad [^;]*; about [\d.]+ in \[.*\] -> (\w+ \d+ for [\d.]+ s: .+|done: \w+)$/;
    const told = lines.slice(1, lines.indexOf(''));
    expect(told).toHaveLength(log.observations.length);
    for (const each of told) expect(each).toMatch(line);
    const { lower, upper } = log.result.tiers[0].bracket;
    expect(lines.at(-1)).toContain(`[${lower}, ${upper}] streams`);
  });

  test.each([
    [
      'an open loop with two tiers, a mean and a floor',
      searchBody({
        slo: [
          { name: 'gold', objectives: 'p90(ttft) < 100 ms and goodput >= 1 req/s' },
          { name: 'iron', objectives: 'mean(e2e) < 2 s and attainment(ttft < 300 ms) >= 90%' },
        ],
        load: { axis: 'request_rate', min: 1, max: 200 },
      }),
    ],
    ['a budget that is too small', searchBody({ budget: { load_seconds: 30, requests: 300 } })],
  ])('%s', async (_name, body) => {
    expect(replayed(await logAfter(async () => {}, body)).difference).toBeUndefined();
  });

  test('with voided bursts', async () => {
    let bursts = 0;
    const log = await logAfter(
      async () => {},
      searchBody(),
      ({ knobs }) => {
        knobs.fate = () => (++bursts % 3 === 2 ? { kind: 'busy_client' } : undefined);
      },
    );
    expect(log).toContain('"end":"voided"');
    expect(replayed(log).difference).toBeUndefined();
  });

  test('cancelled with a burst under way', async () => {
    const never = Promise.withResolvers<void>();
    const log = await logAfter(
      async (rig, id) => {
        await expect.poll(() => rig.bursts.length).toBe(3);
        await rig.call(`/v1/searches/${id}/cancel`, { method: 'POST' });
      },
      searchBody(),
      ({ knobs }) => {
        let bursts = 0;
        knobs.fate = () => {
          bursts += 1;
          if (bursts === 3) knobs.hold = never.promise;
          return undefined;
        };
      },
    );
    const { observations, decisions, state } = JSON.parse(log);
    expect([state, observations.length, decisions.length]).toEqual(['cancelled', 2, 3]);
    expect(replayed(log).difference).toBeUndefined();
    const forged = changed((other) => {
      other.decisions[2].windowMs += 1;
    }, log);
    expect(replayed(forged).difference?.pointer).toBe('/decisions/2/windowMs');
  });
});

describe('a log that somebody touched', () => {
  test('another decision: named where it first differs, with both values, and the replay ends there', () => {
    const forged = changed((log) => {
      log.decisions[2].reason = 'because';
      log.decisions[3].windowMs = 1;
    });
    const { lines, difference } = replayed(forged);
    expect(difference).toMatchObject({ pointer: '/decisions/2/reason', stored: '"because"' });
    expect(difference?.replayed).not.toBe('"because"');
    expect(lines).toHaveLength(3);
  });

  test('other counts: the decision that follows from them is another', () => {
    const forged = changed((log) => {
      for (const block of log.observations[0].evidence[0][0].blocks) block.bad = block.n;
    });
    expect(replayed(forged).difference?.pointer).toMatch(/^\/decisions\/1\//);
  });

  test('a better answer', () => {
    const forged = changed((log) => {
      log.result.tiers[0].bracket.lower += 1;
    });
    expect(replayed(forged).difference?.pointer).toBe('/result/tiers/0/bracket/lower');
  });

  test('a search cut short and called done', () => {
    const forged = changed((log) => {
      log.observations.pop();
      log.decisions.pop();
    });
    expect(replayed(forged).difference?.pointer).toBe('/result/stopped');
  });

  test('contradictions inside are faults, all at once', () => {
    const forged = changed((log) => {
      log.observations[0].loadUnits += 1;
      log.observations[1].probe = 7;
      log.observations[2].evidence[0].pop();
      log.observations[2].goodputRps.push(1);
      log.decisions.length = 1;
      log.spec.minUnits = log.spec.maxUnits + 1;
    });
    expect(faultsOf(forged)).toEqual([
      '/spec/maxUnits contradiction',
      '/decisions contradiction',
      '/observations/0/loadUnits contradiction',
      '/observations/1/probe contradiction',
      '/observations/2/goodputRps contradiction',
      '/observations/2/evidence/0 contradiction',
    ]);
  });

  test('a shape that is not the format is a fault for each place, in our words', () => {
    const forged = changed((log) => {
      log.version = 2;
      log.extra = true;
      delete log.spec.axis;
      log.observations[0].evidence[0][0].kind = 'hearsay';
      log.observations[1].loadMs = -1;
      log.decisions[0].phase = 'guess';
    });
    const read = readLog(Buffer.from(forged));
    const faults = read.ok ? [] : read.error;
    expect(faults.map(({ pointer }) => pointer).sort()).toEqual([
      '/decisions/0/phase',
      '/extra',
      '/observations/0/evidence/0/0/kind',
      '/observations/1/loadMs',
      '/spec/axis',
      '/version',
    ]);
    for (const { expected } of faults) expect(expected).not.toMatch(/invalid/i);
  });
});

test.each([
  [1, 1, undefined],
  [{ a: [1, { b: null }] }, { a: [1, { b: null }] }, undefined],
  [{ a: 1 }, { a: 1, b: 2 }, '/b'],
  [{ a: 1, b: 2 }, { a: 1 }, '/b'],
  [[1, 2], [1, 3], '/1'],
  [{ a: {} }, { a: [] }, '/a'],
  [{ a: null }, { a: {} }, '/a'],
  [{ a: 0.1 + 0.2 }, { a: 0.3 }, '/a'],
])('the first difference of %j and %j', (stored, again, pointer) => {
  expect(differenceOf('', stored, again)?.pointer).toBe(pointer);
});

describe('the command', () => {
  const file = (name: string, text: string): string => {
    const path = join(folder.path, name);
    writeFileSync(path, text);
    return path;
  };
  const replay = (...args: string[]): Promise<Ended> =>
    run('src/cli/plimsoll.ts', ['replay', ...args]).ended;

  test('exit 0 when everything is equal, from a file and from stdin', async () => {
    const path = file('whole.json', whole);
    const fromFile = await replay(path);
    expect(fromFile).toMatchObject({ code: 0, stderr: '' });
    expect(fromFile.stdout).toBe(`${replayed(whole).lines.join('\n')}\n`);
    const program = fileURLToPath(new URL('../../../src/cli/plimsoll.ts', import.meta.url));
    const fromStdin = await new Promise<string>((resolve, reject) => {
      const child = execFile(process.execPath, [program, 'replay', '-'], (error, stdout) =>
        error === null ? resolve(stdout) : reject(error),
      );
      child.stdin?.end(readFileSync(path));
    });
    expect(fromStdin).toBe(fromFile.stdout);
  });

  test('exit 1 names the first difference', async () => {
    const forged = changed((log) => {
      log.decisions[1].reason = 'because';
    });
    const ended = await replay(file('forged.json', forged));
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(
      /^differs at \/decisions\/1\/reason: stored "because" \(by 0\.0\.0\), replayed ".+"\n$/,
    );
  });

  test.each([
    ['half a file', '{"version": 1,', 'line 1, column'],
    ['an empty file', '', 'an empty body'],
    ['something else', '{"a": 1}', '/observations: expected a list, received nothing'],
  ])('exit 2: %s', async (name, text, words) => {
    const ended = await replay(file(`${name}.json`, text));
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain(words);
  });

  test.each([
    [[], 'LOG is missing'],
    [['a', 'b'], 'nothing takes "b"'],
    [['--nope'], 'there is no option --nope'],
    [['/nowhere/log.json'], 'ENOENT'],
  ])('exit 2: %j', async (args, words) => {
    const ended = await replay(...args);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain(words);
  });
});
