import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { annotation, outputLines, stepSummary } from '../../../src/cli/output/github.ts';
import { planOutputs } from '../../../src/cli/output/output-plan.ts';
import { type Folder, temporaryFolder } from '../../main/processes.ts';

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => folder.remove());

const plan = (outputs: string[], over: { json?: boolean; isTerminal?: boolean } = {}) =>
  planOutputs({ outputs, json: false, isTerminal: false, env: {}, ...over });

describe('where the answer goes', () => {
  test('stdout always gets something: text at a terminal, else json', () => {
    expect(plan([])).toEqual({ outputs: [{ format: 'json' }], faults: [] });
    expect(plan([], { isTerminal: true })).toEqual({ outputs: [{ format: 'text' }], faults: [] });
    const file = join(folder.path, 'gate.xml');
    expect(plan([`junit=${file}`]).outputs).toEqual([
      { format: 'json' },
      { format: 'junit', file },
    ]);
    expect(plan([`junit=${file}`, 'text']).outputs).toEqual([
      { format: 'junit', file },
      { format: 'text' },
    ]);
  });

  test.each([
    [['junti=x'], 'did you mean junit?'],
    [['text', 'csv'], 'cannot both go to stdout'],
    [['junit='], 'the file has no name'],
    [['junit=/nowhere/gate.xml'], 'ENOENT'],
    [['junit=/tmp'], 'is a folder'],
    [['github'], 'GITHUB_OUTPUT is not set'],
    [['github=x'], 'takes no file'],
  ])('%j is told before any load: %s', (outputs, words) => {
    expect(plan(outputs).faults.join('\n')).toContain(words);
  });
});

describe('for GitHub', () => {
  const summary = {
    id: 'g1',
    state: 'failed',
    done: true,
    verdict: 'inconclusive',
    exit_code: 4,
    reason: 'target_lost',
    sentence: 'Failed (target_lost: the target said\n::set-output name=verdict::pass 100%).',
    axis: 'concurrency',
    capacity_at_least: 0,
    capacity_below: null,
    capacity_estimate: null,
    goodput_rps: null,
    max_goodput_load: null,
    max_goodput_rps: null,
    probes: 0,
    requests: 0,
    load_seconds: 0,
    report_url: 'http://plimsoll/v1/gates/g1/report',
  };

  test('words of a target become neither outputs nor commands', () => {
    const lines = outputLines(summary).trimEnd().split('\n');
    expect(lines.every((line) => /^[a-z-]+=/.test(line))).toBe(true);
    expect(lines).toContain('verdict=inconclusive');
    expect(lines).toContain('capacity-below=');
    expect(annotation(summary)).toBe(
      '::warning title=Plimsoll%3A inconclusive::Failed (target_lost: the target said%0A::set-output name=verdict::pass 100%25).\n',
    );
  });

  test('a pass needs no annotation, a fail is an error', () => {
    expect(annotation({ ...summary, verdict: 'pass', exit_code: 0 })).toBe('');
    expect(annotation({ ...summary, verdict: 'fail', exit_code: 1 })).toMatch(/^::error /);
  });

  test('a summary that GitHub would not show is a sentence and a link', () => {
    expect(stepSummary('# Report', summary)).toBe('# Report\n');
    expect(stepSummary('x'.repeat(1_100_000), summary)).toContain(
      `[Report](${summary.report_url})`,
    );
  });
});
