/**
 * Reads every source file into what the house tests need: its room, its text, its syntax tree and its
 * imports, types and dynamic ones included. A real parser does it, because TypeScript 7 has no
 * JavaScript API and a scanner of our own would miss a form of import one day and pass in silence.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { type ParseResult, parseSync, Visitor } from 'oxc-parser';

export const ROOT = resolve(import.meta.dirname, '../..');
const SRC = join(ROOT, 'src');

export interface SourceFile {
  /** From `src/`, with slashes: `core/search/controller.ts`. */
  readonly path: string;
  readonly room: string;
  readonly text: string;
  readonly parsed: ParseResult;
  readonly imports: readonly Import[];
}

export type Import =
  /** A file of ours, by its path from `src/`; `starts` when it runs as a thread or a process. */
  | { readonly kind: 'file'; readonly path: string; readonly starts: boolean }
  /** A package, a `node:` module, a file of data, or a path that is computed (`computed:...`). */
  | { readonly kind: 'package'; readonly name: string };

/** Floors that are divided into rooms; every other folder is one room, and the files on top are the door. */
const DIVIDED = new Set(['core', 'service']);
export const DOOR = 'door';

export function roomOf(path: string): string {
  const parts = path.split('/');
  if (parts.length === 1) return DOOR;
  const [floor = '', room = ''] = parts;
  return DIVIDED.has(floor) ? `${floor}/${room}` : floor;
}

/** Every path under `folder`, from the repository's root, with slashes. */
export function pathsUnder(folder: string): string[] {
  return readdirSync(join(ROOT, folder), {
    recursive: true,
    withFileTypes: true,
  })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

export function readSources(): readonly SourceFile[] {
  return pathsUnder('src')
    .filter((path) => /\.(ts|js)$/.test(path))
    .map((path) => path.slice('src/'.length))
    .map((path) => readSource(path, readFileSync(join(SRC, path), 'utf8')));
}

export function readSource(path: string, text: string): SourceFile {
  const parsed = parseSync(path, text);
  if (parsed.errors.length > 0) throw new Error(`${path}: ${parsed.errors[0]?.message}`);
  const imports = [
    ...specifiersIn(parsed, text).map((specifier) => resolveImport(path, specifier, false)),
    ...startedIn(parsed).map((specifier) => resolveImport(path, specifier, true)),
  ];
  return { path, room: roomOf(path), text, parsed, imports };
}

/** `from '...'` of imports and exports, `import('...')` of values and of types. */
function specifiersIn(parsed: ParseResult, text: string): string[] {
  const found = parsed.module.staticImports.map((one) => one.moduleRequest.value);
  for (const statement of parsed.module.staticExports) {
    for (const entry of statement.entries) {
      if (entry.moduleRequest) found.push(entry.moduleRequest.value);
    }
  }
  for (const one of parsed.module.dynamicImports) {
    const written = text.slice(one.moduleRequest.start, one.moduleRequest.end);
    found.push(/^(['"`])[^$]*\1$/.test(written) ? written.slice(1, -1) : `computed:${written}`);
  }
  new Visitor({
    TSImportType: (node) => {
      found.push(node.source.value);
    },
  }).visit(parsed.program);
  return [...new Set(found)];
}

/** `new URL('./thread.ts', import.meta.url)`: how a thread or a child process names its file. */
function startedIn(parsed: ParseResult): string[] {
  const found: string[] = [];
  new Visitor({
    NewExpression: (node) => {
      const [first] = node.arguments;
      const isUrl = node.callee.type === 'Identifier' && node.callee.name === 'URL';
      if (isUrl && first?.type === 'Literal' && typeof first.value === 'string') {
        if (first.value.endsWith('.ts')) found.push(first.value);
      }
    },
  }).visit(parsed.program);
  return found;
}

function resolveImport(from: string, specifier: string, starts: boolean): Import {
  if (!specifier.startsWith('.') || !/\.(ts|js)$/.test(specifier))
    return { kind: 'package', name: specifier };
  const path = relative(SRC, resolve(SRC, dirname(from), specifier))
    .split(sep)
    .join('/');
  return { kind: 'file', path, starts };
}

/** Every cycle's first found path, as `a -> b -> a`, by depth-first search. */
export function findCycles(edges: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const done = new Set<string>();
  const trail: string[] = [];
  const cycles: string[] = [];
  const visit = (node: string): void => {
    const at = trail.indexOf(node);
    if (at >= 0) {
      cycles.push([...trail.slice(at), node].join(' -> '));
      return;
    }
    if (done.has(node)) return;
    trail.push(node);
    for (const next of edges.get(node) ?? []) visit(next);
    trail.pop();
    done.add(node);
  };
  for (const node of edges.keys()) visit(node);
  return cycles;
}
