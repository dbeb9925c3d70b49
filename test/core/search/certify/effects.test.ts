import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../src/core/base/random.ts';
import type { Curve } from '../../../../src/core/search/certify/curve.ts';
import { effectsOf } from '../../../../src/core/search/certify/effects.ts';
import { familyOf } from '../../../../src/core/search/certify/family.ts';
import { poolEvidence } from '../../../../src/core/search/certify/pool.ts';
import { lnLoadOf } from '../../../../src/core/search/load-grid.ts';
import type { Observation } from '../../../../src/core/search/observation.ts';
import type { CurveObjective } from '../../../../src/core/search/spec.ts';
import type { RatioBlock } from '../../../../src/core/stats/evidence.ts';
import { burstAt, ratioEvidence, tpot, ttft } from '../sample-log.ts';

const curve: Curve = { lnCapacity: Math.log(100), lnCapacitySd: 0.1, slope: 4, bend: 0 };

function effectAt(
  log: readonly Observation[],
  objective: CurveObjective = ttft,
  inFlight = 10,
): (load: number) => number {
  const pool = poolEvidence(log, objective, (o) => o.evidence[0]?.[0], lnLoadOf('concurrency'));
  const effects = effectsOf(familyOf(objective), objective, pool, curve, () => inFlight);
  return (load) => effects(Math.log(load));
}

/** Blocks whose levels come in clusters: each draw stands `copies` times. */
function levelled(seed: string, blocks: number, copies: number, ratio = 0): RatioBlock[] {
  const random = createRandom(seed);
  return Array.from({ length: blocks }, () => {
    const draws = 30;
    let [sum, sumOfSquares, bad] = [0, 0, 0];
    for (let i = 0; i < draws; i++) {
      const value = 4 + 0.5 * random.normal();
      sum += copies * value;
      sumOfSquares += copies * value * value;
      if (random.next() < ratio) bad += copies;
    }
    return { n: draws * copies, bad, level: { n: draws * copies, sum, sumOfSquares } };
  });
}

const burst = (load: number, blocks: readonly RatioBlock[], probe = 0) =>
  burstAt(load, [ratioEvidence(blocks)], { probe });

describe('design effect by load', () => {
  it('is never taken for better than 1.5, nor for nothing before the first burst', () => {
    expect(effectAt([])(100)).toBeGreaterThan(2);
    const independent = [burst(100, levelled('a', 400, 1, 0.01))];
    expect(effectAt(independent)(100)).toBeGreaterThanOrEqual(1.5);
    expect(effectAt(independent)(100)).toBeLessThan(2);
  });

  it('follows the clustering of the level long before there is a bad sample', () => {
    const found = [2, 4, 8].map((copies) =>
      effectAt([burst(100, levelled('b', 300, copies))])(100),
    );
    found.forEach((effect, i) => {
      expect(effect / 2 ** (i + 1)).toBeGreaterThan(0.75);
      expect(effect / 2 ** (i + 1)).toBeLessThan(1.4);
    });
  });

  it('is enlarged, never reduced, by how the bad samples cluster', () => {
    const apart = levelled('c', 60, 1, 0.02);
    const together = apart.map((block, i) => ({ ...block, bad: i % 12 === 0 ? 6 : 0 }));
    const none = apart.map((block) => ({ ...block, bad: 0 }));
    const [even, clustered, clean] = [apart, together, none].map((blocks) =>
      effectAt([burst(95, blocks)])(95),
    );
    expect(clustered).toBeGreaterThan(1.3 * (even ?? 0));
    expect(even).toBeGreaterThanOrEqual((clean ?? 0) / 1.6);
  });

  it('expects more of completions that share their steps with many', () => {
    const plain = [
      burst(
        100,
        Array.from({ length: 3 }, () => ({ n: 40, bad: 0 })),
      ),
    ];
    expect(effectAt(plain, tpot, 100)(100)).toBeGreaterThan(2 * effectAt(plain, tpot, 4)(100));
    expect(effectAt(plain, ttft, 100)(100)).toBeCloseTo(effectAt(plain, ttft, 4)(100));
  });

  it('lets near loads speak most', () => {
    const log = [burst(30, levelled('d', 200, 1), 0), burst(100, levelled('e', 200, 8), 1)];
    const effect = effectAt(log);
    expect(effect(30)).toBeLessThan(effect(100) / 2);
  });
});
