import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lnLoadOf, toLoad, toUnits } from '../../../src/core/search/load-grid.ts';

describe('load grid', () => {
  it('has one unit a stream and one a thousandth of a request a second', () => {
    expect(toUnits('concurrency', 24)).toBe(24);
    expect(toUnits('concurrency', 24.4)).toBe(24);
    expect(toUnits('request_rate', 12.3456)).toBe(12_346);
    expect(toLoad('request_rate', 12_346)).toBe(12.346);
    expect(toUnits('request_rate', 0)).toBe(1);
  });

  it.each(['concurrency', 'request_rate'] as const)('goes there and back (%s)', (axis) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (units) => {
        expect(toUnits(axis, toLoad(axis, units))).toBe(units);
        expect(toUnits(axis, Math.exp(lnLoadOf(axis)(units)))).toBe(units);
      }),
    );
  });
});
