/**
 * What the runner tells whoever counts. Told after the store has it, so what is counted can also be read;
 * what was sent and came to nothing is told too, because it was load on somebody's target.
 */
import type { ProbeFinish, StoredSearch } from '../../store/store-port.ts';
import type { Spending } from '../run/spending.ts';

export interface RunMeter {
  /** A search was queued, began to run, or ended: its new state is on it. */
  moved(search: StoredSearch): void;
  probeFinished(finish: ProbeFinish): void;
  /** A burst that says nothing: the target was not there (`spoilt`) or a generator died (`lost`). */
  wasted(kind: 'spoilt' | 'lost', cost: Spending): void;
}

export const NO_METER: RunMeter = {
  moved() {},
  probeFinished() {},
  wasted() {},
};
