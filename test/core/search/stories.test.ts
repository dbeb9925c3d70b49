/**
 * Golden story traces. `REWRITE_STORIES=1 vitest run --config .config/vitest.ts test/core/search/stories`
 * writes them again: read each difference, and commit it only when it is understood.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { STORIES } from './stories.ts';
import { toldStory } from './told-story.ts';

const FOLDER = new URL('stories/', import.meta.url);
const rewrite = process.env['REWRITE_STORIES'] === '1';

describe('stories of the search', () => {
  it.each(STORIES.map((story) => [story.name, story] as const))('%s', (name, story) => {
    const told = toldStory(story);
    const file = new URL(`${name}.txt`, FOLDER);
    if (rewrite) writeFileSync(file, told);
    expect(told).toBe(readFileSync(file, 'utf8'));
  });

  it('has a story for every file', () => {
    const files = readdirSync(FOLDER).map((file) => file.replace(/\.txt$/, ''));
    expect(files.sort()).toEqual(STORIES.map(({ name }) => name).sort());
  });
});
