import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Objective } from '../../../src/core/policy/objective.ts';
import { MAX_OBJECTIVES, parseSlo, parseTier } from '../../../src/core/policy/slo-parse.ts';
import { sloText } from '../../../src/core/policy/slo-text.ts';
import { MAX_TEXT_CHARS } from '../../../src/core/policy/slo-tokens.ts';

function objectivesOf(text: string): readonly Objective[] {
  const parsed = parseSlo(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

/** `column code` of every fault. */
function faultsOf(text: string): string[] {
  const parsed = parseSlo(text, '/slo');
  return parsed.ok ? [] : parsed.error.map((fault) => `${fault.column} ${fault.code}`);
}

describe('what an SLO text means', () => {
  it.each([
    ['p99(ttft) < 500 ms', 'p99(ttft) < 500 ms'],
    ['p95(tpot) <= 50ms', 'p95(tpot) <= 50 ms'],
    ['P95( TPOT )<=0.05 s', 'p95(tpot) <= 50 ms'],
    ['p99.9(ttft) < 1 s', 'p99.9(ttft) < 1000 ms'],
    ['p99.95 (e2e) < 1 min', 'p99.95(e2e) < 60000 ms'],
    ['median(itl) < 900 us', 'p50(itl) < 0.9 ms'],
    ['p50(tbt) < 900 µs', 'p50(itl) < 0.9 ms'],
    ['p50(inter_token_latency) < 1 ms', 'p50(itl) < 1 ms'],
    ['mean(e2el) < 2 s', 'mean(e2e) < 2000 ms'],
    ['avg(request_latency) < 2 s', 'mean(e2e) < 2000 ms'],
    ['p99(time_to_first_token) < 1e3 ms', 'p99(ttft) < 1000 ms'],
    ['p90(ttft_from_send) < 70 ms', 'p90(ttft_from_send) < 70 ms'],
    ['500 ms > p99(ttft)', 'p99(ttft) < 500 ms'],
    ['error_rate < 1%', 'error_rate < 1%'],
    ['error_rate <= 0.005', 'error_rate < 0.5%'],
    ['goodput >= 10 req/s', 'goodput >= 10 req/s'],
    ['goodput > 90 requests / min', 'goodput >= 1.5 req/s'],
    ['goodput >= 2.5 rps', 'goodput >= 2.5 req/s'],
    ['goodput >= 3/s', 'goodput >= 3 req/s'],
    [
      'attainment(tpot < 50 ms and ttft <= 0.5 s) >= 99%',
      'attainment(ttft <= 500 ms and tpot < 50 ms) >= 99%',
    ],
    ['(p99(ttft) < 1 s and (p50(e2e) < 2 s))', 'p99(ttft) < 1000 ms and p50(e2e) < 2000 ms'],
    ['p99(ttft) < 1 s\n  AND error_rate < 1%', 'p99(ttft) < 1000 ms and error_rate < 1%'],
  ])('%s', (text, canonical) => {
    expect(sloText(objectivesOf(text))).toBe(canonical);
  });

  it('gives exact numbers and ids that stay when a bound changes', () => {
    expect(objectivesOf('p99.9(ttft) < 0.07 s')).toEqual([
      {
        kind: 'quantile',
        id: 'p99.9(ttft)',
        metric: 'ttft',
        q: 0.999,
        operator: '<',
        boundMs: 70,
        text: 'p99.9(ttft) < 70 ms',
      },
    ]);
    const ids = objectivesOf(
      'p99(ttft) < 1 s and mean(e2e) < 1 s and attainment(ttft < 1 s) > 0.9 and error_rate < 1% and goodput > 1 rps',
    ).map((objective) => objective.id);
    expect(ids).toEqual([
      'p99(ttft)',
      'mean(e2e)',
      'attainment(ttft<1000ms)',
      'error_rate',
      'goodput',
    ]);
  });

  it.each([
    ['p99(ttft, rag) < 2 s', 'p99(ttft, rag) < 2000 ms', 'p99(ttft, rag)'],
    ['p99.9 (e2e , rag) < 2 s', 'p99.9(e2e, rag) < 2000 ms', 'p99.9(e2e, rag)'],
    ['mean(itl,chat_2) <= 5 ms', 'mean(itl, chat_2) <= 5 ms', 'mean(itl, chat_2)'],
    ['error_rate(rag) < 1%', 'error_rate(rag) < 1%', 'error_rate(rag)'],
    ['goodput(rag) >= 3 rps', 'goodput(rag) >= 3 req/s', 'goodput(rag)'],
    [
      'attainment(ttft < 1 s and tpot < 5 ms, rag) >= 99%',
      'attainment(ttft < 1000 ms and tpot < 5 ms, rag) >= 99%',
      'attainment(ttft<1000ms,tpot<5ms,rag)',
    ],
  ])('%s is asked of one part', (text, canonical, id) => {
    const [objective] = objectivesOf(text);
    expect(objective).toMatchObject({ text: canonical, id });
    expect(objective?.part).toMatch(/^(rag|chat_2)$/);
    expect(objectivesOf(canonical)).toEqual([objective]);
  });

  it('keeps the same bound on two parts apart', () => {
    expect(
      objectivesOf('p99(ttft, a) < 1 s and p99(ttft, b) < 1 s and p99(ttft) < 1 s'),
    ).toHaveLength(3);
  });

  it('keeps two attainments with different bounds apart', () => {
    const text = 'attainment(ttft < 500 ms) >= 90% and attainment(ttft < 1 s) >= 99%';
    expect(objectivesOf(text)).toHaveLength(2);
  });

  it('names the tier and keeps its canonical text', () => {
    expect(parseTier('gold', 'p99(ttft)<1s', '/slo/0/objectives')).toMatchObject({
      ok: true,
      value: { name: 'gold', text: 'p99(ttft) < 1000 ms' },
    });
  });
});

describe('what is wrong with an SLO text', () => {
  it.each([
    ['', ['1 slo_empty']],
    ['p99(ttft) < 500', ['13 slo_missing_unit']],
    ['mean(e2e) < 2', ['13 slo_missing_unit']],
    ['goodput >= 10', ['12 slo_missing_unit']],
    ['p99(ttft) < 500 parsec', ['17 slo_unknown_unit']],
    ['goodput >= 10 tok/s', ['12 slo_unknown_unit']],
    ['p99(ttft) < 5%', ['13 slo_wrong_quantity']],
    ['error_rate < 5 ms', ['14 slo_wrong_quantity']],
    ['p99(latency) < 5 ms', ['5 slo_unknown_metric']],
    ['max(ttft) < 5 ms', ['1 slo_unknown_statistic']],
    ['ttft < 5 ms', ['1 slo_unknown_statistic']],
    ['p99(ttft) > 5 ms', ['11 slo_operator']],
    ['5 ms < p99(ttft)', ['6 slo_operator']],
    ['error_rate > 1%', ['12 slo_operator']],
    ['goodput < 10 req/s', ['9 slo_operator']],
    ['attainment(ttft < 1 s) < 99%', ['24 slo_operator']],
    ['attainment(ttft > 1 s) >= 99%', ['17 slo_operator']],
    ['p99(ttft) == 5 ms', ['11 slo_syntax']],
    ['1 ms < p99(ttft) < 5 ms', ['1 slo_operator']],
    ['p99(ttft) < 5 ms or p99(e2e) < 1 s', ['18 slo_operator']],
    ['p0(ttft) < 5 ms', ['1 slo_percentile_out_of_range']],
    ['p100(ttft) < 5 ms', ['1 slo_percentile_out_of_range']],
    ['p999(ttft) < 5 ms', ['1 slo_percentile_out_of_range']],
    ['p99.999(ttft) < 5 ms', ['1 slo_percentile_out_of_range']],
    ['p99 .9(ttft) < 5 ms', ['5 slo_syntax']],
    ['p99 * 0.9 * (ttft) < 5 ms', ['5 slo_syntax', '11 slo_syntax']],
    ['p99(ttft) < 0 ms', ['13 slo_bound_out_of_range']],
    ['p99(ttft) < 2 min and p99(e2e) < 61 min', ['34 slo_bound_out_of_range']],
    ['p99(itl) < 0.7 s', ['12 slo_bound_out_of_range']],
    ['error_rate < 100%', ['14 slo_bound_out_of_range']],
    ['error_rate < 0%', ['14 slo_bound_out_of_range']],
    ['attainment(ttft < 1 s) >= 99', ['27 slo_bound_out_of_range']],
    ['attainment(itl < 1 ms) >= 99%', ['12 slo_unknown_metric']],
    ['attainment(ttft < 1 s and ttft < 2 s) >= 99%', ['12 slo_duplicate_bound']],
    ['attainment() >= 99%', ['1 slo_wrong_arguments']],
    ['attainment(ttft) >= 99%', ['12 slo_missing_bound']],
    ['p99() < 5 ms', ['1 slo_wrong_arguments']],
    ['p99(ttft, e2e) < 5 ms', ['1 slo_wrong_arguments']],
    ['p99 < 5 ms', ['1 slo_wrong_arguments']],
    ['error_rate(ttft) < 1%', ['1 slo_wrong_arguments']],
    ['p99(ttft, chat, rag) < 5 ms', ['1 slo_wrong_arguments']],
    ['p99(ttft, 5 ms) < 5 ms', ['1 slo_wrong_arguments']],
    ['goodput() > 5 rps', ['1 slo_wrong_arguments']],
    ['error_rate(chat, rag) < 1%', ['1 slo_wrong_arguments']],
    ['p99(chat, ttft) < 5 ms', ['1 slo_wrong_arguments', '5 slo_unknown_metric']],
    ['p99(ttft)', ['1 slo_missing_bound']],
    ['p99(ttft) < 0x10 ms', ['13 slo_syntax']],
    ['p99(ttft) < 1/2 s', ['13 slo_wrong_quantity']],
    ['p99(ttft < 5 ms', ['16 slo_syntax']],
    ['p99(ttft) < 5 ms and', ['21 slo_syntax']],
    ['p99(ttft) < 5 ms and p99(ttft) < 6 ms', ['22 slo_duplicate_objective']],
    ['(((((((((p99(ttft)))))))))) < 5 ms', ['9 slo_too_deep']],
    ['constructor(__proto__) < 1 toString', ['1 slo_unknown_statistic']],
  ])('%s', (text, faults) => {
    expect(faultsOf(text)).toEqual(faults);
  });

  it('comes all at once, however each objective is broken', () => {
    const text =
      'p99(ttft < 5 ms) ms and foo(e2e) < 1 s and p95(x) < 2 and error_rate ≤ 1% and p0(e2e) > 1';
    expect(faultsOf(text)).toEqual([
      '1 slo_missing_bound',
      '25 slo_unknown_statistic',
      '48 slo_unknown_metric',
      '53 slo_missing_unit',
      '70 slo_syntax',
      '79 slo_percentile_out_of_range',
      '87 slo_operator',
      '89 slo_missing_unit',
    ]);
  });

  it('names line and column of a text of several lines', () => {
    const parsed = parseSlo('p99(ttft) < 1 s and\n  p99(e2e) < 5', '/slo/0/objectives');
    expect(parsed).toMatchObject({
      ok: false,
      error: [{ pointer: '/slo/0/objectives', line: 2, column: 14, received: '5' }],
    });
  });

  it('is bounded in length, size and number', () => {
    expect(faultsOf(`p99(ttft) < 1 s${' '.repeat(MAX_TEXT_CHARS)}`)).toEqual([
      `${MAX_TEXT_CHARS + 1} slo_too_long`,
    ]);
    expect(faultsOf('a '.repeat(600))).toEqual(['1001 slo_too_complex']);
    const many = Array.from({ length: MAX_OBJECTIVES + 1 }, (_, i) => `p${i + 50}(ttft) < 1 s`);
    expect(faultsOf(many.join(' and '))).toHaveLength(1);
    expect(faultsOf('('.repeat(400))).toEqual(['9 slo_too_deep']);
  });
});

const time = fc
  .double({ min: 0.001, max: 600, noNaN: true })
  .map((ms) => Number(ms.toPrecision(6)));
const ratio = fc.integer({ min: 1, max: 99_999 }).map((n) => `${n / 1_000}%`);
const upper = fc.constantFrom('<', '<=');
const requestMetric = fc.constantFrom('ttft', 'ttft_from_send', 'tpot', 'e2e');
const objective = fc.oneof(
  fc
    .tuple(fc.integer({ min: 100, max: 9_999 }), requestMetric, upper, time)
    .map(([p, metric, sign, ms]) => `p${p / 100}(${metric}) ${sign} ${ms} ms`),
  fc
    .tuple(fc.constantFrom('ttft', 'itl', 'e2e'), upper, time)
    .map(([metric, sign, ms]) => `mean(${metric}) ${sign} ${ms} ms`),
  fc
    .tuple(
      fc.uniqueArray(fc.tuple(requestMetric, upper, time), { minLength: 1, selector: ([m]) => m }),
      ratio,
    )
    .map(
      ([bounds, r]) =>
        `attainment(${bounds.map(([m, s, ms]) => `${m} ${s} ${ms} ms`).join(' and ')}) >= ${r}`,
    ),
  ratio.map((r) => `error_rate < ${r}`),
  time.map((rps) => `goodput >= ${rps} req/s`),
);

describe('any SLO text', () => {
  it('never throws and gives faults inside the text', () => {
    const word = fc.constantFrom(
      ...'p99 p99.9 ( ) ttft tpot < <= > >= and or 5 ms s % / req attainment error_rate . 1e9 , µs ! \n'.split(
        ' ',
      ),
    );
    const wild = fc.array(fc.tuple(word, fc.constantFrom('', ' ')), { maxLength: 40 });
    const text = fc.oneof(
      fc.string({ maxLength: 200, unit: 'binary' }),
      wild.map((words) => words.flat().join('')),
    );
    fc.assert(
      fc.property(text, (given) => {
        const parsed = parseSlo(given);
        if (parsed.ok) expect(parsed.value.length).toBeGreaterThan(0);
        else {
          expect(parsed.error.length).toBeGreaterThan(0);
          for (const fault of parsed.error) {
            expect(fault.column).toBeGreaterThanOrEqual(1);
            expect(fault.column).toBeLessThanOrEqual(given.length + 1);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('in canonical spelling parses to itself', () => {
    fc.assert(
      fc.property(fc.uniqueArray(objective, { minLength: 1, maxLength: 6 }), (texts) => {
        const parsed = parseSlo(texts.join(' and '));
        if (!parsed.ok) {
          expect(parsed.error.map((fault) => fault.code)).toContain('slo_duplicate_objective');
          return;
        }
        const again = parseSlo(sloText(parsed.value));
        expect(again).toEqual(parsed);
      }),
    );
  });
});
