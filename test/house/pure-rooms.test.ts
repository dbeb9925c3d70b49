/** The pure rooms name no clock, no randomness, no I/O and no log. */
import { describe, expect, test } from 'vitest';
import { IMPORT_TABLE, SIM_FACE } from './import-table.ts';
import { impurities } from './pure-rooms.ts';
import { readSource, readSources } from './source-tree.ts';

const pureRooms = new Set(IMPORT_TABLE.filter((row) => row.pure).map((row) => row.room));

describe('the reader of impurities', () => {
  test.each([
    ['Date.now()', 'Date.now'],
    ['new Date()', 'new Date()'],
    ['Date()', 'Date()'],
    ['Math.random()', 'Math.random'],
    ['performance.now()', 'performance'],
    ['const { now } = performance;', 'performance'],
    ['process.env', 'process'],
    ['globalThis.setTimeout', 'globalThis'],
    ['console.log(1)', 'console'],
    ['setTimeout(f, 1)', 'setTimeout'],
    ['await fetch("x")', 'fetch'],
    ['a.localeCompare(b)', 'localeCompare'],
    ['const p = { process };', 'process'],
  ])('%s', (text, name) => {
    const found = impurities(readSource('core/base/x.ts', `/** x */\n${text}`));
    expect(found).toContain(`core/base/x.ts:2 ${name}`);
  });

  test.each([
    'new Date(startedAtMs).toISOString()',
    'Math.floor(1.5)',
    'const a = { process: 1 }; a.process',
    'interface B { readonly console: string }',
    '"Date.now()"; // Math.random()',
  ])('lets %s stand', (text) => {
    expect(impurities(readSource('core/base/x.ts', text))).toEqual([]);
  });
});

test('the pure rooms are pure', () => {
  const pureFiles = readSources().filter(
    (source) =>
      pureRooms.has(source.room) || (source.room === 'sim' && !SIM_FACE.test(source.path)),
  );
  expect(pureFiles.length).toBeGreaterThan(60);
  const faults = pureFiles.flatMap((source) => {
    const outside = source.imports.flatMap((one) =>
      one.kind === 'package' && one.name.startsWith('node:') && one.name !== 'node:buffer'
        ? [`${source.path} ${one.name}`]
        : [],
    );
    return [...outside, ...impurities(source)];
  });
  expect(faults).toEqual([]);
});
