/** The kill switch beside the file that it lives in: what it does when the file cannot be written, or is odd. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createKillSwitch } from '../../../src/service/access/kill-switch.ts';

let dir: string;
let file: string;
const errors: unknown[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'plimsoll-kill-'));
  file = join(dir, 'KILL');
  errors.length = 0;
});
afterEach(() => rmSync(dir, { recursive: true }));
const open = (path = file) =>
  createKillSwitch({ file: path, wallMs: () => 1_000, onError: (error) => errors.push(error) });

test('load is told to stop before anything is written', async () => {
  const killSwitch = open();
  let told = false;
  killSwitch.onEngaged(() => {
    told = !existsSync(file);
  });
  const engaging = killSwitch.engage('oncall', 'why');
  expect(told).toBe(true);
  expect(await engaging).toEqual({
    sinceMs: 1_000,
    by: 'oncall',
    reason: 'why',
    survivesRestart: true,
  });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    since: '1970-01-01T00:00:01.000Z',
    by: 'oncall',
    reason: 'why',
  });
  expect(open().state()).toEqual(killSwitch.state());
});

test('a file that cannot be written leaves it on, and says that a restart would forget it', async () => {
  const killSwitch = open(join(dir, 'not', 'there', 'KILL'));
  expect((await killSwitch.engage('oncall', '')).survivesRestart).toBe(false);
  expect(killSwitch.state()).toBeDefined();
  expect(errors).toHaveLength(1);
  const watching = new AbortController();
  killSwitch.watch(watching.signal);
  // Over the time of a look: a missing file must not release what was never written.
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(killSwitch.state()).toBeDefined();
  watching.abort();
  await killSwitch.release();
  expect(killSwitch.state()).toBeUndefined();
});

test.each(['', '\u0000', '{', '[]', '{"by":7}', 'x'.repeat(100_000)])(
  'a file with odd content is a kill',
  (text) => {
    writeFileSync(file, text);
    expect(open().state()).toMatchObject({ by: 'file', reason: '', survivesRestart: true });
  },
);

test('a file that nobody may read is a kill', () => {
  writeFileSync(file, '{}');
  chmodSync(file, 0);
  expect(open().state()).toMatchObject({ by: 'file' });
});

test('a release while the file is being written wins', async () => {
  const killSwitch = open();
  const engaging = killSwitch.engage('a', '');
  await killSwitch.release();
  await engaging;
  expect(killSwitch.state()).toBeUndefined();
  expect(existsSync(file)).toBe(false);
});
