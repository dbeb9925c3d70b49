/** Holds the import table against the real imports, types included, and against what `src/README.md` says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { allows, IMPORT_TABLE, packageAllowed, type Row } from './import-table.ts';
import { DOOR, findCycles, ROOT, readSource, readSources, roomOf } from './source-tree.ts';

const sources = readSources();
const paths = new Set(sources.map((source) => source.path));
const rowOf = new Map(IMPORT_TABLE.map((row) => [row.room, row]));

describe('the reader of imports', () => {
  const text = `/** x */
import type { A } from './a.ts';
import b, { type C } from '../stats/b.ts';
import './side-effect.ts';
export { d } from './d.ts';
export type * from './e.ts';
type F = import('./f.ts').F;
const g = await import('./g.ts');
const h = await import(name);
new Worker(new URL('./thread.ts', import.meta.url));
// import './commented.ts';
const s = "import './quoted.ts'";
import { readFile } from 'node:fs';
`;
  test('sees every form and nothing else', () => {
    const { imports } = readSource('core/base/x.ts', text);
    const files = imports.flatMap((one) => (one.kind === 'file' ? [one.path] : []));
    expect(files.sort()).toEqual(
      [
        'core/base/a.ts',
        'core/base/d.ts',
        'core/base/e.ts',
        'core/base/f.ts',
        'core/base/g.ts',
        'core/base/side-effect.ts',
        'core/base/thread.ts',
        'core/stats/b.ts',
      ].sort(),
    );
    const packages = imports.flatMap((one) => (one.kind === 'package' ? [one.name] : []));
    expect(packages).toEqual(['node:fs', 'computed:name']);
  });

  test('knows the room of a path', () => {
    expect(roomOf('core/search/spec.ts')).toBe('core/search');
    expect(roomOf('load/generator/main.ts')).toBe('load');
    expect(roomOf('main.ts')).toBe(DOOR);
  });

  test('finds a cycle', () => {
    const edges = new Map([
      ['a', new Set(['b'])],
      ['b', new Set(['c'])],
      ['c', new Set(['b'])],
    ]);
    expect(findCycles(edges)).toEqual(['b -> c -> b']);
  });
});

describe('the house', () => {
  test('reads a tree of some size', () => {
    expect(sources.length).toBeGreaterThan(100);
    expect(sources.flatMap((source) => source.imports).length).toBeGreaterThan(300);
  });

  test('every room stands in the table, and every room of the table stands', () => {
    const real = new Set(sources.map((source) => source.room));
    expect([...real].filter((room) => !rowOf.has(room))).toEqual([]);
    expect([...rowOf.keys()].filter((room) => !real.has(room))).toEqual([]);
  });

  test('no import leads past the table', () => {
    const faults = sources.flatMap((source) => {
      const row = rowOf.get(source.room);
      if (row === undefined) return [];
      return source.imports
        .filter((one) =>
          one.kind === 'file'
            ? !allows(row, one.path, roomOf(one.path))
            : !packageAllowed(row, one.name),
        )
        .map((one) => `${source.path} -> ${one.kind === 'file' ? one.path : one.name}`);
    });
    expect(faults).toEqual([]);
  });

  test('every imported file of ours exists', () => {
    const faults = sources.flatMap((source) =>
      source.imports.flatMap((one) =>
        one.kind === 'file' && !paths.has(one.path) ? [`${source.path} -> ${one.path}`] : [],
      ),
    );
    expect(faults).toEqual([]);
  });

  test('nobody imports the door but the door (a command may start it as a process)', () => {
    const faults = sources
      .filter((source) => source.room !== DOOR)
      .filter((source) =>
        source.imports.some(
          (one) => one.kind === 'file' && !one.starts && roomOf(one.path) === DOOR,
        ),
      );
    expect(faults.map((source) => source.path)).toEqual([]);
  });

  test('no cycle between files, types included', () => {
    const edges = new Map(
      sources.map((source) => [
        source.path,
        new Set(source.imports.flatMap((one) => (one.kind === 'file' ? [one.path] : []))),
      ]),
    );
    expect(findCycles(edges)).toEqual([]);
  });

  test('no cycle between rooms', () => {
    const edges = new Map<string, Set<string>>();
    for (const source of sources) {
      const to = edges.get(source.room) ?? new Set<string>();
      for (const one of source.imports) {
        if (one.kind === 'file' && roomOf(one.path) !== source.room) to.add(roomOf(one.path));
      }
      edges.set(source.room, to);
    }
    expect(findCycles(edges)).toEqual([]);
  });
});

test('src/README.md shows the same table', () => {
  const text = readFileSync(join(ROOT, 'src/README.md'), 'utf8');
  const shown = text.split('\n').filter((line) => /^\| `[a-z/]+` \| /.test(line));
  expect(shown).toEqual(IMPORT_TABLE.map(lineOf));
});

/** How a row is written for people: rooms, then packages. */
function lineOf(row: Row): string {
  const rooms = row.mayImport.map((entry) => `\`${entry}\``).join(', ') || 'nothing';
  const packages = row.packages.map((name) => `\`${name}\``).join(', ') || 'none';
  return `| \`${row.room}\` | ${rooms} | ${packages} |`;
}
