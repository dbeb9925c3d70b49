/**
 * Emits `dist/` for the package: the sources as plain JavaScript, since Node strips no types from files
 * under `node_modules`, and Node 22 strips none at all unless told. Types become blanks, so that lines and columns
 * stay those of the sources; `.ts` in imports and in `new URL('./x.ts', import.meta.url)` becomes `.js`. Run by
 * `npm pack` (prepack); nothing in the repository itself runs from `dist/`.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync, Visitor } from 'oxc-parser';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SRC = join(ROOT, 'src');
const DIST = join(ROOT, 'dist');

/** Ends of texts that name a file of ours, `.ts` included: what is to become `.js`. */
function fileNameEnds(path: string, text: string): number[] {
  const parsed = parseSync(path, text);
  if (parsed.errors.length > 0) throw new Error(`${path}: ${parsed.errors[0]?.message}`);
  const ends: number[] = [];
  const note = (span: { start: number; end: number }): void => {
    if (/^(['"])\.{1,2}\/[^'"]*\.ts\1$/.test(text.slice(span.start, span.end))) ends.push(span.end);
  };
  for (const one of parsed.module.staticImports) note(one.moduleRequest);
  for (const statement of parsed.module.staticExports) {
    for (const entry of statement.entries) if (entry.moduleRequest) note(entry.moduleRequest);
  }
  for (const one of parsed.module.dynamicImports) note(one.moduleRequest);
  new Visitor({
    NewExpression: (node) => {
      const [first] = node.arguments;
      const isUrl = node.callee.type === 'Identifier' && node.callee.name === 'URL';
      if (isUrl && first?.type === 'Literal') note(first);
    },
  }).visit(parsed.program);
  return [...new Set(ends)].sort((a, b) => a - b);
}

function emit(path: string, text: string): string {
  // Stripping keeps every offset, so places found in the source hold in what is left of it.
  const stripped = stripTypeScriptTypes(text, { mode: 'strip' });
  if (stripped.length !== text.length) throw new Error(`${path}: stripping moved the text`);
  let result = '';
  let at = 0;
  for (const end of fileNameEnds(path, text)) {
    const nameEnd = end - "ts'".length;
    // An import of types alone is blank by now.
    if (!stripped.startsWith('ts', nameEnd)) continue;
    result += `${stripped.slice(at, nameEnd)}js`;
    at = nameEnd + 'ts'.length;
  }
  const before = text.split('\n');
  const lines = `${result}${stripped.slice(at)}`.split('\n');
  // Where types were, blanks at the end of a line say nothing; lines that stayed may be inside a text.
  return lines.map((line, i) => (line === before[i] ? line : line.trimEnd())).join('\n');
}

function main(): void {
  rmSync(DIST, { recursive: true, force: true });
  for (const entry of readdirSync(SRC, { recursive: true, withFileTypes: true })) {
    const from = join(entry.parentPath, entry.name);
    const to = join(DIST, relative(SRC, from));
    if (!entry.isFile() || entry.name === 'README.md') continue;
    mkdirSync(dirname(to), { recursive: true });
    if (!entry.name.endsWith('.ts')) {
      cpSync(from, to);
      continue;
    }
    writeFileSync(to.replace(/\.ts$/, '.js'), emit(from, readFileSync(from, 'utf8')));
  }
}

main();
