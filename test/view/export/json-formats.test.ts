/** The formats that are JSON, held against their schemas. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { renderBenchmarkReport } from '../../../src/view/export/benchmark-report.ts';
import { renderBmf, renderGithubBenchmark } from '../../../src/view/export/benchmarks.ts';
import type { ReportSource } from '../../../src/view/report/report-source.ts';
import { hostileSource, plainSource } from '../report/hostile-source.fixture.ts';

const schema: unknown = JSON.parse(
  readFileSync(new URL('benchmark_report_v0_2_1.schema.json', import.meta.url), 'utf8'),
);
// The schema holds keywords of OpenAPI and pydantic, which say nothing to a validator.
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
const validate = ajv.compile(z.record(z.string(), z.unknown()).parse(schema));

function benchmarkReport(source: ReportSource, probe?: number) {
  const report: unknown = JSON.parse(renderBenchmarkReport(source, probe));
  validate(report);
  expect(validate.errors ?? []).toEqual([]);
  return z
    .looseObject({
      run: z.looseObject({ uid: z.string(), eid: z.string() }),
      scenario: z
        .looseObject({
          load: z.looseObject({
            standardized: z.looseObject({ stage: z.number(), concurrency: z.number() }),
          }),
        })
        .optional(),
      results: z.looseObject({ observability: z.looseObject({ plimsoll: z.looseObject({}) }) }),
    })
    .parse(report);
}

describe('benchmark report', () => {
  test('of the probe behind the answer, with the bracket beside it', () => {
    const source = plainSource();
    const report = benchmarkReport(source);
    const [gold] = source.facts.result?.tiers ?? [];
    expect(report.scenario?.load.standardized.concurrency).toBeLessThanOrEqual(gold?.lower ?? 0);
    expect(report.results.observability.plimsoll).toMatchObject({
      tiers: [{ capacity_at_least: gold?.lower, capacity_below: gold?.upper }, {}],
    });
  });

  test('of any probe that is asked for', () => {
    expect(benchmarkReport(plainSource(), 0).scenario?.load.standardized.stage).toBe(0);
    expect(benchmarkReport(plainSource(), 2).run.uid).toBe('s1-2-1');
  });

  test('of a search without a probe, in the open loop, without streams, and of hostile names', () => {
    const plain = plainSource();
    expect(benchmarkReport({ ...plain, probes: [] }).scenario).toBeUndefined();
    const bare = plain.probes.map((probe) => ({ ...probe, tpotMs: undefined, itlMs: undefined }));
    benchmarkReport({ ...plain, probes: bare });
    benchmarkReport(hostileSource());
    const question = { ...plain.facts.question, axis: 'request_rate' as const };
    const open = renderBenchmarkReport(
      { ...plain, facts: { ...plain.facts, question } },
      undefined,
    );
    expect(validate(JSON.parse(open))).toBe(true);
    expect(open).toContain('"rate_qps"');
  });
});

/** As the action reads `customBiggerIsBetter`. */
const githubSchema = z.array(
  z.strictObject({
    name: z.string().min(1),
    unit: z.string().min(1),
    value: z.number(),
    range: z.string().optional(),
    extra: z.string().optional(),
  }),
);

describe('github-action-benchmark', () => {
  test('has the capacity and its goodput of every tier', () => {
    const source = plainSource();
    const entries = githubSchema.parse(JSON.parse(renderGithubBenchmark(source)));
    const [gold] = source.facts.result?.tiers ?? [];
    expect(entries[0]).toMatchObject({
      name: 'search / llama-3.1-8b / gold: capacity at least',
      unit: 'concurrent requests',
      value: gold?.lower,
      range: `${gold?.lower} to ${gold?.upper}`,
    });
    githubSchema.parse(JSON.parse(renderGithubBenchmark(hostileSource())));
  });

  test('has nothing of what was not decided', () => {
    expect(JSON.parse(renderGithubBenchmark(plainSource({ state: 'cancelled' })))).toEqual([]);
    expect(JSON.parse(renderBmf(plainSource({ state: 'failed' })))).toEqual({});
  });
});

/** Bencher Metric Format: names, measures, a value with its bounds. */
const bmfSchema = z.record(
  z.string().min(1),
  z.record(
    z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
    z.strictObject({
      value: z.number(),
      lower_value: z.number().optional(),
      upper_value: z.number().optional(),
    }),
  ),
);

test('Bencher gets value and bounds in order', () => {
  const source = plainSource();
  const benchmarks = bmfSchema.parse(JSON.parse(renderBmf(source)));
  const metric = benchmarks['search / llama-3.1-8b / gold']?.['capacity-concurrency'];
  const [gold] = source.facts.result?.tiers ?? [];
  expect(metric).toEqual({
    value: gold?.lower,
    lower_value: gold?.lower,
    upper_value: gold?.upper,
  });
  bmfSchema.parse(JSON.parse(renderBmf(hostileSource())));
});
