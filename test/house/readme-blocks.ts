/**
 * The fenced blocks of the README and how each is run. What a block is for stands after its language, where
 * no reader sees it: ```` ```sh ```` runs in order in one shell beside the others, ```` ```sh NAME ```` and
 * ```` ```yaml NAME ```` are run by the test that asks for NAME. `readme.test.ts` holds that somebody runs each.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './source-tree.ts';

export interface Block {
  readonly language: string;
  /** Empty: one of those that run in order. */
  readonly name: string;
  readonly text: string;
  readonly line: number;
}

const FENCE = /^```([a-z]+)(?: ([a-z-]+))?\n([\s\S]*?)^```$/gm;

export function readmeBlocks(): readonly Block[] {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  return [...readme.matchAll(FENCE)].map((match) => {
    const [, language = '', name = '', text = ''] = match;
    const line = readme.slice(0, match.index).split('\n').length;
    return { language, name, text, line };
  });
}

/** The one block of this name: a second one would be an example that nobody runs. */
export function readmeBlock(name: string): Block {
  const found = readmeBlocks().filter((block) => block.name === name);
  const [block] = found;
  if (block === undefined || found.length > 1) {
    throw new Error(`the README has ${found.length} blocks named ${name}`);
  }
  return block;
}
