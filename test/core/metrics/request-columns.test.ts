/** A column that is forgotten in a copy is a measurement lost in silence. */
import { expect, it } from 'vitest';
import { createColumns, ROW_COLUMNS } from '../../../src/core/metrics/request-columns.ts';

it('a copied row takes every column but the offset of its gaps', () => {
  const elsewhere = ['count', 'gapStart', 'gapUnits', 'gapCount'];
  const all = Object.keys(createColumns(1)).sort();
  expect([...ROW_COLUMNS, ...elsewhere].sort()).toEqual(all);
});
