/** One generator's part of a session: joins source, sender, driver, records and self-measurement. */
import { assert } from '../../core/base/result.ts';
import type { LoadLimits, LoadTarget } from '../port.ts';
import type { LoadCommand, LookCommand, LookReply, OpenCommand } from '../protocol.ts';
import { createSharedClock } from '../shared-clock.ts';
import { openTokenizer } from '../tokenizer-file.ts';
import { type Canary, startCanary } from './canary.ts';
import { createClosedLoop } from './closed-loop.ts';
import { type Driver, type DriverHooks, shareOf } from './driver.ts';
import { createOpenLoop } from './open-loop.ts';
import { createOutputCount, type OutputCount } from './output-count.ts';
import { fileSources } from './plan-files.ts';
import { createRecordLog, pendingRows } from './record-log.ts';
import { createRequestSource } from './request-source.ts';
import { createSelfMeasure } from './self-measure.ts';
import { createSender } from './sender.ts';

export interface GeneratorSession {
  load(command: LoadCommand): void;
  pause(): void;
  look(command: LookCommand): LookReply;
  /** Everything in flight is ended and every connection closed when it resolves. */
  close(): Promise<void>;
}

export async function openSession(command: OpenCommand): Promise<GeneratorSession> {
  const { plan, index } = command;
  const count = plan.generators;
  const clock = createSharedClock();
  const log = createRecordLog();
  const measure = createSelfMeasure();
  const source = createRequestSource(plan, index, command.promptSalt, fileSources(plan));
  const limits = sharedLimits(plan.limits, index, count);
  const outputCount = await openOutputCount(plan.target);
  const sender = createSender(plan, source, clock, log, measure, limits, outputCount);
  const canary: Canary = await startCanary(measure.onCanary);
  const hooks: DriverHooks = {
    onUnsent(unsent, nowMs) {
      measure.onUnsent();
      log.addUnsent(unsent, nowMs);
    },
  };
  const driver: Driver =
    plan.axis === 'concurrency'
      ? await createClosedLoop(plan, index, sender, clock, hooks)
      : await createOpenLoop(plan, index, sender, clock, hooks);
  let windowTimer: NodeJS.Timeout | undefined;

  return {
    load({ startAtMs, load, rampMs, windowStartMs, trace }) {
      sender.traceAs(trace);
      // What the burst shares is new to every cache; so it is for the first burst anyway.
      if (plan.workload.cache?.kind === 'cold') source.freshen();
      log.keepFrom(startAtMs);
      measure.restart();
      clearTimeout(windowTimer);
      windowTimer = setTimeout(measure.restart, Math.max(0, windowStartMs - clock.nowMs()));
      driver.change({ startAtMs, load, rampMs });
    },
    pause() {
      driver.pause();
    },
    look({ id, last }) {
      // First the time, then what is due: everything up to the time of the look is told.
      const nowMs = clock.nowMs();
      driver.catchUp();
      const reply: LookReply = {
        kind: 'look',
        id,
        nowMs,
        ended: log.take(),
        pending: pendingRows(sender.inFlight, driver.waiting),
        health: measure.read(),
        sentCount: sender.sentCount,
      };
      if (last) log.keepFrom(undefined);
      return reply;
    },
    async close() {
      clearTimeout(windowTimer);
      measure.stop();
      await driver.stop();
      await sender.close();
      await canary.stop();
    },
  };
}

async function openOutputCount({
  outputCounting = 'usage',
  tokenizer,
}: LoadTarget): Promise<OutputCount> {
  if (outputCounting !== 'tokenizer' || tokenizer === undefined) {
    return createOutputCount(outputCounting, undefined);
  }
  const opened = await openTokenizer(tokenizer.folder, tokenizer.path);
  // It was read before any load; that it is gone now is a fault of the machine.
  assert(opened.ok, `the tokenizer ${tokenizer.path} is gone`);
  return createOutputCount(outputCounting, opened.value.count);
}

/** Limits are for the whole session; each generator holds its part of them. */
function sharedLimits(limits: LoadLimits, index: number, count: number): LoadLimits {
  return {
    ...limits,
    maxInFlight: shareOf(limits.maxInFlight, index, count),
    maxRequests: shareOf(limits.maxRequests, index, count),
  };
}
