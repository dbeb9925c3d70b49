/**
 * The plan of what is left: of all brackets around the estimate that are as narrow as asked, the cheapest.
 * What bursts have shown so far counts at every place, so a plan is changed when another has become
 * cheaper.
 */
import type { TierStanding } from '../certify/assess.ts';
import type { SearchSpec } from '../spec.ts';
import { endPriceMs, type PriceContext } from './price.ts';
import type { Side } from './side.ts';

export interface Plan {
  readonly lower: End;
  readonly upper: End;
}

interface End {
  readonly units: number;
  /** Expected ms until it is certified; 0 when it is. */
  readonly ms: number;
}

export interface PlanContext extends Omit<PriceContext, 'confidence'> {
  readonly spec: SearchSpec;
  readonly standing: TierStanding;
  /** Loads measured before: their samples count, so they are weighed as places too. */
  readonly knownUnits: readonly number[];
  readonly lnLoad: (units: number) => number;
  readonly unitsOf: (lnLoad: number) => number;
}

/** Places weighed on each side, evenly over the width and a half. */
const PLACES = 12;
const REACH_WIDTHS = 1.5;

export function planBracket(context: PlanContext): Plan | undefined {
  const lowers = endsOf(context, 'lower');
  const uppers = endsOf(context, 'upper');
  let best: Plan | undefined;
  for (const lower of lowers) {
    for (const upper of uppers) {
      if (upper.units <= lower.units) continue;
      const narrow = upper.units / lower.units <= 1 + context.spec.resolution;
      if (!narrow && upper.units - lower.units > 1) continue;
      if (best !== undefined && lower.ms + upper.ms >= best.lower.ms + best.upper.ms) continue;
      best = { lower, upper };
    }
  }
  return best;
}

/** Places on one side, inside the standing bounds; that side's own bound among them, paid for. */
function endsOf(context: PlanContext, side: Side): End[] {
  const { spec, standing, lnLoad, unitsOf } = context;
  const { lnEstimate, lowerUnits, upperUnits } = standing;
  const width = Math.log(1 + spec.resolution);
  const places = new Set<number>(context.knownUnits);
  for (let i = 0; i < PLACES; i++) {
    const distance = (REACH_WIDTHS * width * (i + 0.5)) / PLACES;
    places.add(unitsOf(lnEstimate + (side === 'lower' ? -distance : distance)));
  }
  if (side === 'lower' && upperUnits !== undefined) {
    places.add(Math.ceil(upperUnits / (1 + spec.resolution)));
  }
  if (side === 'upper' && lowerUnits !== undefined) {
    places.add(Math.floor(lowerUnits * (1 + spec.resolution)));
  }
  const bottom = lowerUnits ?? spec.minUnits - 1;
  const top = upperUnits ?? spec.maxUnits + 1;
  const price = { ...context, confidence: spec.confidence };
  const ends = [...places]
    .filter((units) => units > bottom && units < top)
    .map((units) => ({ units, ms: endPriceMs(price, side, lnLoad(units)) }));
  const bound = side === 'lower' ? lowerUnits : upperUnits;
  return bound === undefined ? ends : [...ends, { units: bound, ms: 0 }];
}
