/** CSV: read back by a real reader, cell by cell. */
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { renderCsv } from '../../../src/view/export/csv.ts';
import type { ReportSource } from '../../../src/view/report/report-source.ts';
import { FORMULA, HOSTILE, hostileSource, plainSource } from '../report/hostile-source.fixture.ts';

function read(source: ReportSource): Record<string, string>[] {
  const text = renderCsv(source);
  // Strict: every line has all columns, no quote stands inside a bare cell.
  return parse(text, { columns: true, relax_column_count: false, relax_quotes: false });
}

describe('CSV', () => {
  test('has a line for each objective of each probe, with what was measured', () => {
    const source = plainSource();
    const rows = read(source);
    expect(rows).toHaveLength(3 * source.probes.length);
    const [first] = source.probes;
    const objective = first?.tiers[0]?.objectives[0];
    expect(rows[0]).toMatchObject({
      id: 's1',
      probe: '0',
      load: String(first?.load),
      requests: String(first?.requests),
      tier: 'gold',
      objective: 'p99(ttft) < 300 ms',
      measured: String(objective?.measured?.value),
      bound: '300',
      unit: 'ms',
      tier_capacity_at_least: String(source.facts.result?.tiers[0]?.lower),
    });
    expect(Number(rows[0]?.['ttft_ms_p99'])).toBeCloseTo(first?.ttftMs?.p99.value ?? 0, 6);
    expect(Object.values(rows[0] ?? {}).join()).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('keeps its head when there is nothing to tell', () => {
    expect(renderCsv({ ...plainSource(), probes: [] })).toMatch(/^id,kind,.*\r\n$/);
  });

  test('no cell begins as a formula, and hostile text comes back whole', () => {
    const rows = read(hostileSource());
    const cells = rows.flatMap((row) => Object.values(row));
    expect(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
    expect(rows[0]?.['policy']).toBe(`'${FORMULA}`);
    expect(rows[0]?.['model']).toBe(HOSTILE.toWellFormed());
    expect(cells).toContain(HOSTILE.toWellFormed());
  });
});
