/** The conventions that a machine can hold: sizes, names, headers, types, and tests that mirror the house. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Visitor } from 'oxc-parser';
import { describe, expect, test } from 'vitest';
import { pathsUnder, ROOT, readSources, type SourceFile } from './source-tree.ts';

/** A file past this tells more than one story. */
const MAX_FILE_LINES = 300;
/** The aim is 60; past this a function is cut. */
const MAX_FUNCTION_LINES = 70;
const NAMES_THAT_SAY_NOTHING = /^(utils?|helpers?|common|types?|misc|shared|lib|stuff)$/;
/** Folders of `test/` that mirror no room: the house's own rules, real servers, benches. */
const UNMIRRORED = ['test/house', 'test/real', 'test/bench'];

const sources = readSources();
const testFiles = pathsUnder('test').filter((path) => path.endsWith('.ts'));

function lineAt(source: SourceFile, offset: number): string {
  return `${source.path}:${source.text.slice(0, offset).split('\n').length}`;
}

/** Lines of every function less those of the functions inside it: a factory is judged by its own part. */
function ownLines(source: SourceFile): { start: number; lines: number }[] {
  const ends: { start: number; end: number; inner: number; lines: number }[] = [];
  const done: { start: number; lines: number }[] = [];
  const enter = (node: { start: number; end: number }): void => {
    const lines = source.text.slice(node.start, node.end).split('\n').length;
    ends.push({ start: node.start, end: node.end, inner: 0, lines });
  };
  const exit = (): void => {
    const one = ends.pop();
    if (one === undefined) return;
    done.push({ start: one.start, lines: one.lines - one.inner });
    const parent = ends.at(-1);
    if (parent !== undefined && one.lines > 1) parent.inner += one.lines;
  };
  new Visitor({
    FunctionDeclaration: enter,
    'FunctionDeclaration:exit': exit,
    FunctionExpression: enter,
    'FunctionExpression:exit': exit,
    ArrowFunctionExpression: enter,
    'ArrowFunctionExpression:exit': exit,
  }).visit(source.parsed.program);
  return done;
}

describe('files of src', () => {
  test('no file is over 300 lines', () => {
    const faults = sources
      .map((source) => ({
        path: source.path,
        lines: source.text.split('\n').length - 1,
      }))
      .filter((file) => file.lines > MAX_FILE_LINES);
    expect(faults).toEqual([]);
  });

  test('no name that says nothing', () => {
    const faults = [...pathsUnder('src'), ...testFiles].filter((path) =>
      path.split('/').some((part) => NAMES_THAT_SAY_NOTHING.test(part.replace(/\..*$/, ''))),
    );
    expect(faults).toEqual([]);
  });

  test('names are lower case with dashes', () => {
    const faults = sources
      .map((source) => source.path)
      .filter((path) => !/^([a-z0-9]+(-[a-z0-9]+)*[/.])+(ts|js)$/.test(path));
    expect(faults).toEqual([]);
  });

  test('every file starts by saying what it decides', () => {
    const faults = sources.filter((source) => {
      const first = source.parsed.comments[0];
      const text = source.text.replace(/^#!.*\n/, '');
      return first === undefined || !/^\/[/*]/.test(text) || first.value.trim().length < 20;
    });
    expect(faults.map((source) => source.path)).toEqual([]);
  });

  test('no unfinished business', () => {
    const faults = sources.flatMap((source) =>
      source.parsed.comments
        .filter((comment) => /\b(TODO|FIXME|XXX|HACK)\b|@ts-/.test(comment.value))
        .map((comment) => `${lineAt(source, comment.start)} ${comment.value.trim().slice(0, 80)}`),
    );
    expect(faults).toEqual([]);
  });

  test('no function is long', () => {
    const faults = sources.flatMap((source) =>
      ownLines(source)
        .filter((one) => one.lines > MAX_FUNCTION_LINES)
        .map((one) => `${lineAt(source, one.start)} ${one.lines} lines`),
    );
    expect(faults).toEqual([]);
  });
});

describe('types of src', () => {
  test('no any, no non-null assertion, no cast over unknown', () => {
    const faults: string[] = [];
    for (const source of sources) {
      new Visitor({
        TSAnyKeyword: (node) => {
          faults.push(`${lineAt(source, node.start)} any`);
        },
        TSNonNullExpression: (node) => {
          faults.push(`${lineAt(source, node.start)} !`);
        },
        TSAsExpression: (node) => {
          if (node.expression.type === 'TSAsExpression') {
            faults.push(`${lineAt(source, node.start)} as ... as`);
          }
        },
      }).visit(source.parsed.program);
    }
    expect(faults).toEqual([]);
  });
});

describe('tests', () => {
  test('every test stands in the mirror of a room', () => {
    const faults = testFiles
      .filter((path) => path.endsWith('.test.ts'))
      .filter((path) => !UNMIRRORED.some((folder) => path.startsWith(`${folder}/`)))
      .filter((path) => {
        const mirrored = join(ROOT, dirname(path).replace(/^test/, 'src'));
        return !existsSync(mirrored) && !existsSync(`${mirrored}.ts`);
      });
    expect(faults).toEqual([]);
  });

  test('every room has a test', () => {
    const rooms = [...new Set(sources.map((source) => source.room))].filter((r) => r !== 'door');
    const faults = rooms.filter(
      (room) =>
        !testFiles.some((path) => path.startsWith(`test/${room}/`) && /\.test\.ts$/.test(path)),
    );
    expect(faults).toEqual([]);
  });

  test('none is focused or skipped without a condition', () => {
    const focused = /\b(test|it|describe)\.(only|skip|todo)\b/;
    const faults = testFiles
      .filter((path) => path !== 'test/house/tidy.test.ts')
      .filter((path) => focused.test(readFileSync(join(ROOT, path), 'utf8')));
    expect(faults).toEqual([]);
  });
});

test('every shipped policy is loaded by a test', () => {
  const policies = pathsUnder('policies').filter((path) => path.endsWith('.yaml'));
  expect(policies.length).toBeGreaterThan(0);
  const text = testFiles
    .filter((path) => !path.startsWith('test/house/'))
    .map((path) => readFileSync(join(ROOT, path), 'utf8'))
    .join('\n');
  const faults = policies.filter((path) => {
    const name = basename(path, '.yaml');
    return !new RegExp(`['"\`/]${name}(\\.yaml)?['"\`]`).test(text);
  });
  expect(faults).toEqual([]);
});
