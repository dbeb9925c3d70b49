/** Every shipped policy runs against the simulated server: the real controller, in virtual time. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parsePolicyFile } from '../../src/core/policy/policy-file.ts';
import { DEFAULT_LIMITS } from '../../src/core/policy/question-defaults.ts';
import { resolveQuestion } from '../../src/core/policy/resolve-question.ts';
import { searchSpecOf } from '../../src/core/probe/search-spec.ts';
import { SERVERS } from '../../src/sim/servers.ts';
import { runVirtualSearch } from '../bench/run-virtual.ts';

const FOLDER = new URL('../../policies/', import.meta.url);
/** Reads 12,000 tokens of passages in the 300 ms that RAG leaves for the first token. */
const SERVER = { ...SERVERS.fast, prefillMs: 0.01, tokenBudget: 8_192 };
const names = readdirSync(FOLDER).map((file) => file.replace(/\.yaml$/, ''));

describe.each(names)('%s', (name) => {
  test('gives an answer within its budget', () => {
    const policy = parsePolicyFile(readFileSync(new URL(`${name}.yaml`, FOLDER), 'utf8'));
    if (!policy.ok) throw new Error(JSON.stringify(policy.error));
    const body = { target: { base_url: 'http://127.0.0.1:1/v1' }, policy: name, seed: 3 };
    const limits = { ...DEFAULT_LIMITS };
    const question = resolveQuestion(body, new Map([[name, policy.value]]), limits);
    if (!question.ok) throw new Error(JSON.stringify(question.error));
    const { workload, axis, tiers, budget } = question.value;
    // Gaps are kept for objectives on `itl`.
    const target = { server: SERVER, workload, axis, keepGaps: true };
    const run = runVirtualSearch(target, tiers, searchSpecOf(question.value), 3);
    const { result } = run;
    expect(result.tiers).toHaveLength(tiers.length);
    expect(run.log.length).toBeGreaterThan(2);
    expect(result.loadSeconds).toBeLessThanOrEqual(budget.loadSeconds * 1.1);
    // Something was measured that the objectives are about: no evidence is missing for lack of data.
    const evidence = run.log.flatMap((probe) => probe.evidence.flat());
    expect(evidence.some(({ kind }) => kind !== 'missing')).toBe(true);
    expect(evidence.filter(({ kind }) => kind === 'missing')).toEqual([]);
  });
});
