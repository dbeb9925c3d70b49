/** The simulated prefix cache: whole blocks, from the beginning only, the least recently used let go. */
import { describe, expect, it } from 'vitest';
import type { SyntheticSpec, WorkloadSpec } from '../../src/core/workload/spec.ts';
import { wordKeys } from '../../src/sim/http/word-keys.ts';
import { createPrefixCache, pieceKeys } from '../../src/sim/prefix-cache.ts';
import { SERVERS } from '../../src/sim/servers.ts';
import { openVirtualSession } from '../../src/sim/virtual-session.ts';

const endless = (key: string) => ({ key, tokens: Number.POSITIVE_INFINITY });
const prompt = (shared: number, own: string) =>
  pieceKeys([{ key: 'system', tokens: shared }, endless(own)]);

describe('what is found', () => {
  it('is what was computed before, in whole blocks', () => {
    const cache = createPrefixCache(10_000);
    expect(cache.match(prompt(100, 'a'), 500)).toBe(0);
    cache.keep(prompt(100, 'a'), 500);
    expect(cache.match(prompt(100, 'a'), 500)).toBe(496);
    // 100 shared tokens are six blocks of 16 and a bit.
    expect(cache.match(prompt(100, 'b'), 500)).toBe(96);
    expect(cache.match(prompt(99, 'b'), 500)).toBe(96);
    expect(cache.match(pieceKeys([endless('b')]), 500)).toBe(0);
  });

  it('never is the whole prompt: one token is always computed', () => {
    const cache = createPrefixCache(10_000);
    cache.keep(prompt(0, 'a'), 64);
    expect(cache.match(prompt(0, 'a'), 64)).toBe(48);
    expect(cache.match(prompt(0, 'a'), 65)).toBe(64);
  });

  it('is bounded: the least recently used goes first', () => {
    const cache = createPrefixCache(160);
    cache.keep(prompt(0, 'a'), 80);
    cache.keep(prompt(0, 'b'), 80);
    expect(cache.match(prompt(0, 'a'), 81)).toBe(80);
    cache.keep(prompt(0, 'c'), 80);
    expect(cache.match(prompt(0, 'a'), 81)).toBe(80);
    expect(cache.match(prompt(0, 'b'), 81)).toBe(0);
    cache.clear();
    expect(cache.match(prompt(0, 'a'), 81)).toBe(0);
  });

  it('of words is the same words from the first on, in the same realm', () => {
    const cache = createPrefixCache(10_000);
    const words = (n: number, from = 0): string =>
      Array.from({ length: n }, (_, i) => `w${from + i}`).join(' ');
    const keys = (texts: readonly string[], realm = 'm') => wordKeys(texts, (i) => ` a${i}`, realm);
    cache.keep(keys([words(40)]), 60);
    expect(cache.match(keys([words(40)]), 200)).toBe(48);
    // How the words are cut into messages makes no difference; the answer's words are known, too.
    expect(cache.match(keys([words(20), words(20, 20), words(30, 900)]), 70)).toBe(32);
    const answered = Array.from({ length: 20 }, (_, i) => `a${i + 1}`).join(' ');
    expect(cache.match(keys([words(40), answered, words(9)]), 69)).toBe(48);
    expect(cache.match(keys([words(40)], 'lora'), 200)).toBe(0);
  });
});

const talk: SyntheticSpec = {
  kind: 'synthetic',
  endpoint: 'chat',
  inputTokens: { kind: 'fixed', tokens: 320 },
  outputTokens: { kind: 'fixed', tokens: 16 },
  turns: { count: { kind: 'fixed', tokens: 5 } },
  think: { kind: 'exponential', meanMs: 500, maxMs: 5_000 },
};
const arrivals = { kind: 'poisson' } as const;

function run(workload: WorkloadSpec, axis: 'concurrency' | 'request_rate', load: number) {
  const session = openVirtualSession({ server: SERVERS.cached, workload, axis, seed: 2 });
  const plan = { probe: 0, load, rampMs: 500, settleMs: 30_000, lookEveryMs: 5_000 };
  const { records, windowStartMs, nowMs } = session.burst(
    { ...plan, windowMs: 300_000 },
    () => 'continue',
  );
  const rows = Array.from({ length: records.count }, (_, i) => ({
    atMs: records.scheduledMs[i] ?? 0,
    endMs: records.endMs[i] ?? Number.NaN,
    input: records.inputTokens[i] ?? -1,
    cached: records.cachedTokens[i] ?? -1,
    ttftMs: (records.firstTokenMs[i] ?? 0) - (records.scheduledMs[i] ?? 0),
  })).filter(({ atMs, endMs }) => atMs >= windowStartMs && endMs <= nowMs);
  return { rows, seconds: (nowMs - windowStartMs) / 1_000 };
}
const mean = (xs: readonly number[]): number => xs.reduce((s, x) => s + x, 0) / xs.length;

describe('conversations in virtual time', () => {
  it('grow by turns, and each finds all that was said before', () => {
    const { rows } = run({ ...talk, arrivals }, 'concurrency', 8);
    for (const { input, cached } of rows) {
      const turn = (input - 320) / 336;
      expect([0, 1, 2, 3, 4]).toContain(turn);
      // Prompt and answer of the turn before, in whole blocks: lengths are multiples of 16.
      expect(cached).toBe(turn * 336);
    }
  });

  it('hold a stream while their user thinks', () => {
    const quick = run({ ...talk, arrivals }, 'concurrency', 8);
    const rate = quick.rows.length / quick.seconds;
    const e2eMs = mean(quick.rows.map(({ atMs, endMs }) => endMs - atMs));
    // Little's law for streams that answer and think.
    expect(Math.abs((rate * (e2eMs + 500)) / 1_000 / 8 - 1)).toBeLessThan(0.05);
  });

  it('make no difference to the rate of an open loop', () => {
    const { rows, seconds } = run({ ...talk, arrivals }, 'request_rate', 20);
    expect(Math.abs(rows.length / seconds / 20 - 1)).toBeLessThan(0.05);
    const turns = [0, 1, 2, 3, 4].map((k) => rows.filter(({ input }) => input === 320 + k * 336));
    for (const some of turns) expect(Math.abs(some.length / rows.length - 0.2)).toBeLessThan(0.02);
  });

  it('are cheaper with a cache than without', () => {
    const workload: WorkloadSpec = { ...talk, arrivals };
    const with_ = run(workload, 'request_rate', 20);
    const session = openVirtualSession({
      server: SERVERS.fast,
      workload,
      axis: 'request_rate',
      seed: 2,
    });
    const plan = { probe: 0, load: 20, rampMs: 0, settleMs: 30_000, lookEveryMs: 5_000 };
    const { records } = session.burst({ ...plan, windowMs: 300_000 }, () => 'continue');
    expect(records.cachedTokens[10]).toBe(-1);
    const without = Array.from(
      { length: records.count },
      (_, i) => (records.firstTokenMs[i] ?? Number.NaN) - (records.scheduledMs[i] ?? 0),
    ).filter((ms) => ms > 0);
    expect(mean(with_.rows.map((row) => row.ttftMs))).toBeLessThan(0.8 * mean(without));
  });
});
