/** A sender as the generator has it, in the test's own process, for tests of single requests. */

import type { RequestColumns } from '../../src/core/metrics/request-columns.ts';
import { createColumns } from '../../src/core/metrics/request-columns.ts';
import type { EndpointKind } from '../../src/core/workload/spec.ts';
import type { Exchange } from '../../src/load/generator/exchange.ts';
import type { OutputCount } from '../../src/load/generator/output-count.ts';
import { createRecordLog } from '../../src/load/generator/record-log.ts';
import { createRequestSource } from '../../src/load/generator/request-source.ts';
import { createSelfMeasure, type SelfMeasure } from '../../src/load/generator/self-measure.ts';
import { createSender, type Sender } from '../../src/load/generator/sender.ts';
import type { LoadLimits, SessionPlan } from '../../src/load/port.ts';
import { createSharedClock, type SharedClock } from '../../src/load/shared-clock.ts';

export const PATIENT: LoadLimits = {
  connectTimeoutMs: 10_000,
  firstTokenTimeoutMs: 10_000,
  idleTimeoutMs: 10_000,
  totalTimeoutMs: 15_000,
  maxInFlight: 1_000,
  maxRequests: 1_000,
};

export interface PlanChoices {
  readonly baseUrl: string;
  readonly pinnedAddress?: string;
  readonly limits?: Partial<LoadLimits>;
  readonly endpoint?: EndpointKind;
  readonly headers?: Readonly<Record<string, string>>;
}

export function planOf(choices: PlanChoices): SessionPlan {
  return {
    searchId: 'search-1',
    target: {
      baseUrl: choices.baseUrl,
      pinnedAddress: choices.pinnedAddress ?? '127.0.0.1',
      model: 'm',
      dialect: 'vllm',
      headers: choices.headers ?? {},
    },
    workload: {
      kind: 'synthetic',
      endpoint: choices.endpoint ?? 'chat',
      inputTokens: { kind: 'fixed', tokens: 7 },
      outputTokens: { kind: 'fixed', tokens: 3 },
      arrivals: { kind: 'poisson' },
    },
    axis: 'concurrency',
    seed: 1,
    limits: { ...PATIENT, ...choices.limits },
    generators: 1,
  };
}

export interface OneSender {
  readonly sender: Sender;
  readonly measure: SelfMeasure;
  readonly clock: SharedClock;
  /** Sends one request and waits for its end. */
  request(): Promise<Exchange>;
  records(): RequestColumns;
  close(): Promise<void>;
}

export function createOneSender(
  choices: PlanChoices | SessionPlan,
  outputCount?: OutputCount,
): OneSender {
  const plan = 'searchId' in choices ? choices : planOf(choices);
  const clock = createSharedClock();
  const log = createRecordLog();
  log.keepFrom(0);
  const measure = createSelfMeasure();
  const source = createRequestSource(plan, 0, 'salt');
  const sender = createSender(plan, source, clock, log, measure, plan.limits, outputCount);
  return {
    sender,
    measure,
    clock,
    request: () =>
      new Promise((resolve, reject) => {
        sender.onEnded(resolve);
        const answer = sender.send(clock.nowMs());
        if (answer !== 'sent') reject(new Error(answer));
      }),
    records: () => log.take() ?? createColumns(),
    async close() {
      measure.stop();
      await sender.close();
    },
  };
}
