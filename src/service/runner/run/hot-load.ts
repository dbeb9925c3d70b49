/**
 * The load of one search between its bursts. It stays hot from one burst to the next, and says when
 * it is not: after a start, a crash, a change of generators the next burst begins with nothing in
 * flight and has to settle longer than the controller, which counts on a hot transition, has planned.
 */

import type { ProbeDecision } from '../../../core/search/decision.ts';
import { settlePlan } from '../../../core/search/place/burst-length.ts';
import type { BurstPlan } from '../../../core/workload/burst-plan.ts';
import type { Engine, LoadSession, SessionPlan } from '../../engine/engine-port.ts';
import { abortable } from '../queue/stop-request.ts';
import { OPEN_TIMEOUT_MS } from '../runner-config.ts';

export interface HotLoad {
  /** The running session, or a new one with so many generators; `opening` names it among those of the search. */
  session(generators: number, opening: string, signal: AbortSignal): Promise<LoadSession>;
  /** Has the running session carried load before? */
  isHot(): boolean;
  /** A burst has been run to its end: what follows is a hot transition. */
  warmed(): void;
  /** Lets what is in flight run to its end; the next burst begins with nothing. */
  drain(signal: AbortSignal): Promise<void>;
  /** Stops the load; the next `session` is a new one. Never rejects. */
  cool(): Promise<void>;
}

/** The first try of the first probe. */
const FIRST_OPENING = '0.1';

export function createHotLoad(
  engine: Engine,
  plan: Omit<SessionPlan, 'generators'>,
  onError: (error: unknown) => void,
): HotLoad {
  let open: { readonly session: LoadSession; readonly generators: number } | undefined;
  let hot = false;

  async function cool(): Promise<void> {
    const closing = open;
    open = undefined;
    hot = false;
    try {
      await closing?.session.close();
    } catch (error) {
      onError(error);
    }
  }

  return {
    async session(generators, opening, signal) {
      if (open !== undefined && open.generators === generators) return open.session;
      await cool();
      const within = AbortSignal.any([signal, AbortSignal.timeout(OPEN_TIMEOUT_MS)]);
      // The first opening draws from the seed's own streams; each later one from streams of its own.
      const named = opening === FIRST_OPENING ? {} : { opening };
      const coming = engine.open({ ...plan, ...named, generators }, within);
      try {
        open = { session: await abortable(coming, within), generators };
      } catch (error) {
        // It may still open after we stopped waiting: then it is closed at once.
        coming.then((late) => late.close()).catch(() => {});
        throw error;
      }
      return open.session;
    },
    async drain(signal) {
      if (open === undefined || !hot) return;
      hot = false;
      if (open.session.drain === undefined) await cool();
      else await abortable(open.session.drain(signal), signal);
    },
    isHot: () => hot,
    warmed() {
      hot = true;
    },
    cool,
  };
}

/** What the workload makes of a load, beside its height. */
export interface LoadShape {
  /** Of its fluctuation. */
  readonly periodMs?: number;
  /** Until new conversations are as far on as all others. */
  readonly matureMs?: number;
}

/** Users who think for minutes: beyond it a burst would be nothing but settling. */
const MAX_MATURE_MS = 300_000;

/** The burst to run for a decision, given what is really in flight before it. */
export function burstPlanOf(
  decision: ProbeDecision,
  hot: boolean,
  meanE2eMs: number,
  { periodMs, matureMs = 0 }: LoadShape = {},
): BurstPlan {
  const { probe, load, windowMs, lookEveryMs } = decision;
  const cold = settlePlan(meanE2eMs, 0, load, false);
  const rampMs = hot ? decision.rampMs : Math.max(decision.rampMs, cold.rampMs);
  const needed = matureMs === 0 ? 0 : rampMs + Math.min(MAX_MATURE_MS, matureMs);
  const settleMs = Math.max(decision.settleMs, hot ? 0 : cold.settleMs, needed);
  const plan = { probe, load, rampMs, settleMs, windowMs, lookEveryMs };
  return periodMs === undefined ? plan : inWholePeriods(plan, periodMs);
}

/**
 * Where the load fluctuates the window holds whole periods of it, for a part of one is another load:
 * looks fall on the ends of periods, and the window ends on one.
 */
function inWholePeriods(plan: BurstPlan, periodMs: number): BurstPlan {
  const { lookEveryMs: wantedMs } = plan;
  const lookEveryMs =
    periodMs >= wantedMs
      ? periodMs / Math.round(periodMs / wantedMs)
      : periodMs * Math.round(wantedMs / periodMs);
  return {
    ...plan,
    lookEveryMs,
    settleMs: Math.ceil(plan.settleMs / lookEveryMs) * lookEveryMs,
    windowMs: Math.ceil(plan.windowMs / periodMs) * periodMs,
  };
}
