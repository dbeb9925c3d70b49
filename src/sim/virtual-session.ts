/**
 * The simulated server's twin of the load port: one session per search, bursts with hot transitions,
 * looks, snapshots of the same columns. Synchronous, in virtual time: an hour of load takes a tenth
 * of a second, so the bench runs the real controller over tens of thousands of searches.
 */
import type { Axis } from '../core/base/axis.ts';
import { createRandom } from '../core/base/random.ts';
import type { BurstSnapshot, ClientHealth } from '../core/metrics/burst-snapshot.ts';
import { gapToUnits } from '../core/metrics/grow-columns.ts';
import type { BurstPlan, Look } from '../core/workload/burst-plan.ts';
import type { ConversationSource } from '../core/workload/conversation.ts';
import { partsOf } from '../core/workload/parts.ts';
import type { WorkloadSpec } from '../core/workload/spec.ts';
import { type BurstLog, createBurstLog } from './burst-log.ts';
import type { ServerModel } from './server-model.ts';
import { createTraffic, type TrafficSink } from './traffic.ts';

export interface VirtualSessionPlan {
  readonly server: ServerModel;
  readonly workload: WorkloadSpec;
  readonly axis: Axis;
  readonly seed: number | string;
  /** Conversations of the parts whose data is read, by index of the part. */
  readonly files?: ReadonlyMap<number, ConversationSource>;
  /** Keep the gaps between tokens of every request, for objectives on `itl`. */
  readonly keepGaps?: boolean;
}

/** `cold`: everything in flight is given up and the server stands empty when the burst begins. */
export interface VirtualBurstPlan extends BurstPlan {
  readonly cold?: boolean;
}

export interface VirtualSession {
  /**
   * As `LoadSession.burst`. The snapshot's records are the live ones of this burst: valid as they are
   * until the look returns, final once the burst has.
   */
  burst(plan: VirtualBurstPlan, onLook: (snapshot: BurstSnapshot) => Look): BurstSnapshot;
  /** Virtual time since the session was opened, when the server started. */
  readonly nowMs: number;
}

/** Going down in open loop: a backlog beyond this (and twice the rate) is cancelled. */
const BACKLOG_KEPT = 20;
const BACKLOG_SECONDS = 2;

export function openVirtualSession(plan: VirtualSessionPlan): VirtualSession {
  const whole = partsOf(plan.workload).map(
    ({ request }) => request.endpoint === 'embeddings' || request.endpoint === 'rerank',
  );
  const isWhole = (part: number): boolean => whole[part] === true;
  let log: BurstLog = createBurstLog(plan.server, isWhole);
  const gaps = plan.keepGaps === true ? createStepGaps() : undefined;
  const sink: TrafficSink = {
    sent: (request) => log.sent(request),
    firstToken: (request, atMs) => log.firstToken(request, atMs),
    finished: (request, atMs) => log.finished(request, atMs, gaps?.units()),
    lost: (request, atMs) => log.cut(request, atMs, 'reset'),
    refused: (shape, atMs, endMs, refusal) => log.refused(shape, atMs, endMs, refusal),
    stepped: (steps, stepMs) => gaps?.put(steps, stepMs),
  };
  const traffic = createTraffic(plan, createRandom(plan.seed), sink);
  const { engine, sender } = traffic;
  let lastLoad = 0;

  function giveUp(backlogOnly: boolean): void {
    for (const request of log.pending()) {
      if (backlogOnly && !Number.isNaN(request.firstTokenMs)) continue;
      traffic.cancel(request);
      log.cut(request, engine.state.nowMs, 'cancelled');
    }
  }

  function change(burst: VirtualBurstPlan): void {
    log.settle(engine.state.nowMs, engine.state.steps);
    log = createBurstLog(plan.server, isWhole, log);
    if (burst.cold === true) {
      giveUp(false);
      sender.reset();
    } else if (plan.axis === 'request_rate' && burst.load < lastLoad) {
      const backlog = log.pending().filter((request) => Number.isNaN(request.firstTokenMs)).length;
      if (backlog > Math.max(BACKLOG_KEPT, BACKLOG_SECONDS * burst.load)) giveUp(true);
    }
    sender.retarget(burst.load, engine.state.nowMs, burst.rampMs);
    lastLoad = burst.load;
  }

  return {
    get nowMs() {
      return engine.state.nowMs;
    },
    burst(burst, onLook) {
      const burstStartMs = engine.state.nowMs;
      const windowStartMs = burstStartMs + burst.settleMs;
      const endMs = windowStartMs + burst.windowMs;
      change(burst);
      const look = (): BurstSnapshot => {
        const { nowMs, steps } = engine.state;
        log.settle(nowMs, steps);
        return { burstStartMs, windowStartMs, nowMs, records: log.columns, health: HEALTH };
      };
      let lookAtMs = windowStartMs + burst.lookEveryMs;
      while (engine.state.nowMs < endMs) {
        traffic.advance(Math.min(lookAtMs, endMs));
        if (engine.state.nowMs < lookAtMs || engine.state.nowMs >= endMs) continue;
        if (onLook(look()) === 'end') break;
        while (lookAtMs <= engine.state.nowMs) lookAtMs += burst.lookEveryMs;
      }
      return look();
    },
  };
}

/** There is no client in virtual time: it sends on time, and there is nothing to measure of it. */
const HEALTH: ClientHealth = {
  canaryLateRatio: undefined,
  canaryLateMsP99: undefined,
  sendLagMsP99: undefined,
  sendLagMsMax: undefined,
  eventLoopDelayMsMax: undefined,
  eventLoopUtilisation: undefined,
  cpuRatio: undefined,
  staleConnections: 0,
  unsent: 0,
  generators: 0,
};

interface StepGaps {
  put(step: number, stepMs: number): void;
  units(): Uint16Array;
}

/** The duration of every step of the session: all requests of a batch share their gaps. */
function createStepGaps(): StepGaps {
  let units = new Uint16Array(65_536);
  return {
    units: () => units,
    put(step, stepMs) {
      if (step >= units.length) {
        const larger = new Uint16Array(2 * units.length);
        larger.set(units);
        units = larger;
      }
      units[step] = gapToUnits(stepMs);
    },
  };
}
