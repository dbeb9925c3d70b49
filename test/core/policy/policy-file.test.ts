import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePolicyFile } from '../../../src/core/policy/policy-file.ts';
import { DEFAULT_LIMITS } from '../../../src/core/policy/question-defaults.ts';
import { resolveQuestion } from '../../../src/core/policy/resolve-question.ts';
import { searchSpecOf } from '../../../src/core/probe/search-spec.ts';

const FOLDER = new URL('../../../policies/', import.meta.url);
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));

/** `line:column code pointer` of every fault. */
function faultsOf(text: string): string[] {
  const parsed = parsePolicyFile(text);
  if (parsed.ok) return [];
  return parsed.error.map(
    (fault) => `${fault.line}:${fault.column} ${fault.code} ${fault.pointer}`,
  );
}

describe('the shipped policies', () => {
  it('are there', () => {
    expect(files).toEqual([
      'agentic.yaml',
      'batch.yaml',
      'chat.yaml',
      'code-completion.yaml',
      'embeddings.yaml',
      'rag.yaml',
      'reasoning.yaml',
      'summarisation.yaml',
    ]);
  });

  it.each(files)('%s is a question that can be asked', (file) => {
    const parsed = parsePolicyFile(readFileSync(new URL(file, FOLDER), 'utf8'));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error, undefined, 2));
    const policy = parsed.value;
    expect(`${policy.name}.yaml`).toBe(file);
    const body = { target: { base_url: 'http://127.0.0.1:1/v1' }, policy: policy.name };
    const resolved = resolveQuestion(body, new Map([[policy.name, policy]]), DEFAULT_LIMITS);
    if (!resolved.ok) throw new Error(JSON.stringify(resolved.error, undefined, 2));
    const spec = searchSpecOf(resolved.value);
    expect(spec.tiers.map((tier) => tier.name)).toEqual(policy.tiers.map((tier) => tier.name));
    expect(spec.minUnits).toBeLessThan(spec.maxUnits);
  });
});

describe('faults of a policy file', () => {
  const HEAD = 'name: x\ndescription: y\n';

  it.each<[string, string, string[]]>([
    ['empty', '', ['1:1 wrong_type ']],
    ['no mapping', '- 1', ['1:1 wrong_type ']],
    ['a key is missing', `${HEAD}`, ['1:1 missing_key /slo']],
    ['an unknown key', `${HEAD}slo: error_rate < 1%\nfoo: 1`, ['4:1 unknown_key /foo']],
    [
      'an unknown key inside',
      `${HEAD}slo: error_rate < 1%\nload:\n  min: 1\n  mux: 2`,
      ['6:3 unknown_key /load/mux'],
    ],
    [
      'a wrong type',
      `${HEAD}slo: error_rate < 1%\nload: { min: one }`,
      ['4:14 wrong_type /load/min'],
    ],
    [
      'min above max',
      `${HEAD}slo: error_rate < 1%\nload: { min: 4, max: 2 }`,
      ['4:14 min_above_max /load/min'],
    ],
    ['a plain SLO text', `${HEAD}slo: p99(ttft) < 5`, ['3:18 slo_missing_unit /slo']],
    ['a quoted SLO text', `${HEAD}slo: "p99(ttft) < 5"`, ['3:19 slo_missing_unit /slo']],
    [
      'a folded SLO text',
      `${HEAD}slo:\n  - name: a\n    objectives: >-\n      error_rate < 1% and\n      p99(ttft) < 5\n`,
      ['7:19 slo_missing_unit /slo/0/objectives'],
    ],
    [
      'a literal SLO text',
      `${HEAD}slo:\n  - name: a\n    objectives: |\n\n      error_rate < 1%\n      and p99(foo) < 5 ms\n`,
      ['8:15 slo_unknown_metric /slo/0/objectives'],
    ],
    [
      'a plain text over two lines',
      `${HEAD}slo: error_rate < 1%\n  and p99(foo) < 5 ms\n`,
      ['4:11 slo_unknown_metric /slo'],
    ],
    [
      'two tiers of a name',
      `${HEAD}slo:\n- {name: a, objectives: error_rate < 1%}\n- {name: a, objectives: error_rate < 2%}`,
      ['5:10 duplicate_name /slo/1/name'],
    ],
    ['the same key twice', 'name: x\nname: y', ['2:1 yaml_syntax ']],
    ['broken YAML', 'name: [x', ['1:9 yaml_syntax ']],
    ['an alias', `${HEAD}slo: &a error_rate < 1%\nload: *a`, ['4:7 yaml_syntax ']],
    ['a tag', `${HEAD}slo: !secret error_rate < 1%`, ['3:6 yaml_syntax ']],
    ['two documents', `${HEAD}---\nname: z`, ['3:1 yaml_syntax ']],
  ])('%s', (_name, text, faults) => {
    expect(faultsOf(text)).toEqual(faults);
  });

  it('come all at once', () => {
    const text = `nam: x\nslo: p0(ttft) < 5 and foo\nload: { min: 4, max: 2 }\nresolution: 7\n`;
    expect(faultsOf(text).sort()).toEqual([
      '1:1 missing_key /description',
      '1:1 missing_key /name',
      '1:1 unknown_key /nam',
      '2:17 slo_missing_unit /slo',
      '2:23 slo_missing_bound /slo',
      '2:6 slo_percentile_out_of_range /slo',
      '3:14 min_above_max /load/min',
      '4:13 out_of_range /resolution',
    ]);
  });

  it('never become exceptions', () => {
    expect(faultsOf('['.repeat(60_000))).not.toEqual([]);
    expect(faultsOf('x'.repeat(70_000))).toEqual(['1:1 wrong_length ']);
    fc.assert(
      fc.property(fc.string({ maxLength: 120, unit: 'binary' }), (text) => {
        expect(faultsOf(text).length).toBeGreaterThan(0);
      }),
    );
    const piece = fc.constantFrom(
      'name: x\n',
      'description: y\n',
      'slo: ',
      'p99(ttft) < 5',
      '>-\n',
      '  ',
      '\n',
      '- ',
      '{',
      '}',
      '"',
      'load: ',
      '&a ',
      '*a',
      '!t ',
      '? ',
      ': ',
      '|\n',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        const parsed = parsePolicyFile(pieces.join(''));
        if (!parsed.ok) for (const fault of parsed.error) expect(fault.line).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });
});
