/**
 * The load of one search between its bursts. It stays hot from one burst to the next, and says when
 * it is not: after a start, a crash, a change of generators the next burst begins with nothing in
 * flight and has to settle longer than the controller, which counts on a hot transition, has planned.
 */
import { settlePlan } from '../../core/search/burst-length.ts';
import type { ProbeDecision } from '../../core/search/decision.ts';
import type { BurstPlan } from '../../core/workload/burst-plan.ts';
import type { Engine, LoadSession, SessionPlan } from '../engine/engine-port.ts';
import { OPEN_TIMEOUT_MS } from './runner-config.ts';
import { abortable } from './stop-request.ts';

export interface HotLoad {
  /** The running session, or a new one with so many generators. */
  session(generators: number, signal: AbortSignal): Promise<LoadSession>;
  /** Has the running session carried load before? */
  isHot(): boolean;
  /** A burst has been run to its end: what follows is a hot transition. */
  warmed(): void;
  /** Stops the load; the next `session` is a new one. Never rejects. */
  cool(): Promise<void>;
}

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
    async session(generators, signal) {
      if (open !== undefined && open.generators === generators) return open.session;
      await cool();
      const within = AbortSignal.any([signal, AbortSignal.timeout(OPEN_TIMEOUT_MS)]);
      const opening = engine.open({ ...plan, generators }, within);
      try {
        open = { session: await abortable(opening, within), generators };
      } catch (error) {
        // It may still open after we stopped waiting: then it is closed at once.
        opening.then((late) => late.close()).catch(() => {});
        throw error;
      }
      return open.session;
    },
    isHot: () => hot,
    warmed() {
      hot = true;
    },
    cool,
  };
}

/** The burst to run for a decision, given what is really in flight before it. */
export function burstPlanOf(decision: ProbeDecision, hot: boolean, meanE2eMs: number): BurstPlan {
  const { probe, load, windowMs, lookEveryMs } = decision;
  const cold = settlePlan(meanE2eMs, 0, load);
  const settleMs = hot ? decision.settleMs : Math.max(decision.settleMs, cold.settleMs);
  const rampMs = hot ? decision.rampMs : Math.max(decision.rampMs, cold.rampMs);
  return { probe, load, rampMs, settleMs, windowMs, lookEveryMs };
}
