/** OpenMetrics, read back by a strict reader. */
import { describe, expect, test } from 'vitest';
import { renderOpenmetrics } from '../../../src/view/export/openmetrics.ts';
import { plainText } from '../../../src/view/plots/plain-text.ts';
import { HOSTILE, hostileSource, plainSource } from '../report/hostile-source.fixture.ts';
import { type MetricFamily, readOpenmetrics } from './openmetrics-reader.ts';

const named = (families: readonly MetricFamily[], name: string): MetricFamily | undefined =>
  families.find((family) => family.name === name);

describe('OpenMetrics', () => {
  test('the ends of the brackets, by tier, and when it ended', () => {
    const source = plainSource();
    const families = readOpenmetrics(renderOpenmetrics(source));
    const capacity = named(families, 'plimsoll_capacity_concurrency');
    const [gold] = source.facts.result?.tiers ?? [];
    const bound = (end: string) =>
      capacity?.samples.find(({ labels }) => labels['tier'] === 'gold' && labels['bound'] === end);
    expect(bound('lower')?.value).toBe(gold?.lower);
    expect(bound('upper')?.value).toBe(gold?.upper);
    const ended = named(families, 'plimsoll_search_completed_timestamp_seconds')?.samples[0];
    expect(ended?.value).toBe((source.endedAtMs ?? 0) / 1_000);
    expect(
      named(families, 'plimsoll_search_state')?.samples.filter((one) => one.value === 1),
    ).toEqual([
      expect.objectContaining({
        labels: expect.objectContaining({ plimsoll_search_state: 'done' }),
      }),
    ]);
  });

  test('what was not shown has no sample', () => {
    const { result: _, ...facts } = plainSource().facts;
    const text = renderOpenmetrics({ ...plainSource(), facts: { ...facts, state: 'queued' } });
    expect(named(readOpenmetrics(text), 'plimsoll_capacity_concurrency')).toBeUndefined();
  });

  test('hostile names come back whole', () => {
    const families = readOpenmetrics(renderOpenmetrics(hostileSource()));
    const labels = families[0]?.samples[0]?.labels;
    // Line by line, without what no line can hold.
    expect(labels?.['model']?.split('\n')).toEqual(
      HOSTILE.split('\n').map((line) => plainText(line)),
    );
  });
});
