/**
 * The certificate as the page has it, in plain loops: every slope of a dense grid, every pivot, no
 * early ends. Slow, so that it is easily seen to be right.
 */
import type { Sample } from '../../../../src/core/search/certify/certificate.ts';
import { LINK_CAP } from '../../../../src/core/search/certify/curve.ts';

const SLOPES: readonly number[] = [
  0,
  ...Array.from({ length: 250 }, (_, i) => 0.3 * (40 / 0.3) ** (i / 249)),
  ...Array.from({ length: 60 }, (_, i) => 40 * (3_000 / 40) ** (i / 59)),
];

/**
 * Least over slopes of the gains of the loads below the line through (l, bound), less `price` nats for
 * each factor e in the number of loads that the sum rests on.
 */
export function slowEvidenceAbove({ family, terms }: Sample, lnL: number, price: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (const slope of SLOPES) {
    const gains: number[] = [];
    for (const { load, alternative, effect } of terms) {
      const line = family.target + Math.min(LINK_CAP, slope * (load.x - lnL));
      if (family.link(alternative) < line) {
        gains.push(family.gain(load, alternative, family.unlink(line)) / effect);
      }
    }
    const total = gains.reduce((s, g) => s + g, 0);
    const squares = gains.reduce((s, g) => s + g * g, 0);
    const paid = total > 0 ? total - price * Math.max(0, Math.log(total ** 2 / squares)) : 0;
    least = Math.min(least, paid);
  }
  return Math.max(0, least);
}

/** Most over pivots of the least over slopes of what the chord through (u, bound) does not explain. */
export function slowEvidenceBelow({ family, terms }: Sample, lnU: number): number {
  const upTo = terms.filter(({ load }) => load.x <= lnU);
  const worst = Math.max(0, ...upTo.map(({ load }) => load.worstExcess));
  const trimmed = upTo.findIndex(({ load }) => worst > 0 && load.worstExcess === worst);
  let most = 0;
  for (let pivot = 0; pivot < upTo.length; pivot++) {
    let least = Number.POSITIVE_INFINITY;
    for (const slope of SLOPES) {
      let total = 0;
      upTo.forEach(({ load, alternative, effect }, i) => {
        const line = family.target + slope * (load.x - lnU);
        const isBelow = family.link(alternative) < line;
        if (i < pivot ? !isBelow : isBelow) return;
        const point = i >= pivot && i === trimmed ? load.trimmed : load;
        total += family.gain(point, alternative, family.unlink(line)) / effect;
      });
      least = Math.min(least, total);
    }
    most = Math.max(most, least);
  }
  return most;
}
