/**
 * The generator measures itself while it measures the target. The canary is the instrument's own
 * error: stamped bytes that come through the same event loop as the tokens do. Everything is counted
 * anew when a window begins, so that the opening of connections in the ramp judges nothing.
 */
import { createHistogram, monitorEventLoopDelay, type RecordableHistogram } from 'node:perf_hooks';
import type { GeneratorHealth } from '../protocol.ts';
import type { Exchange } from './exchange.ts';

export interface SelfMeasure {
  onCanary(latenessMs: number): void;
  onSent(exchange: Exchange): void;
  onEnded(exchange: Exchange): void;
  onUnsent(): void;
  restart(): void;
  read(): GeneratorHealth;
  stop(): void;
}

/** A canary later than this is late: the precision that first-token times claim. */
const CANARY_LATE_MS = 1;
const LOOP_RESOLUTION_MS = 10;
const US_PER_MS = 1_000;
const NS_PER_MS = 1_000_000;

export function createSelfMeasure(): SelfMeasure {
  const loopDelay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  loopDelay.enable();
  let canary = createHistogram();
  let lag = createHistogram();
  let canaryLate = 0;
  let unsent = 0;
  let stale = 0;
  let utilisation = performance.eventLoopUtilization();
  let cpu = process.cpuUsage();
  let startMs = performance.now();

  return {
    onCanary(latenessMs) {
      if (latenessMs > CANARY_LATE_MS) canaryLate += 1;
      record(canary, latenessMs);
    },
    onEnded(exchange) {
      if (exchange.outcome === 'unsent') unsent += 1;
      if (exchange.outcome === 'stale_connection') stale += 1;
    },
    onSent(exchange) {
      // Opening a connection takes the network's time, not ours: there the lag ends at the dispatch.
      const writtenMs = exchange.reused ? exchange.sentMs : exchange.dispatchedMs;
      record(lag, writtenMs - exchange.plan.scheduledMs);
    },
    onUnsent() {
      unsent += 1;
    },
    restart() {
      loopDelay.reset();
      canary = createHistogram();
      lag = createHistogram();
      canaryLate = 0;
      unsent = 0;
      stale = 0;
      utilisation = performance.eventLoopUtilization();
      cpu = process.cpuUsage();
      startMs = performance.now();
    },
    read() {
      const used = process.cpuUsage(cpu);
      const elapsedMs = Math.max(1, performance.now() - startMs);
      const loopMaxMs = loopDelay.max / NS_PER_MS - LOOP_RESOLUTION_MS;
      return {
        canarySamples: canary.count,
        canaryLate,
        canaryLateMsP99: quantileMs(canary, 99),
        sendLagMsP99: quantileMs(lag, 99),
        sendLagMsMax: lag.count === 0 ? undefined : lag.max / US_PER_MS,
        eventLoopDelayMsMax: loopDelay.count === 0 ? undefined : Math.max(0, loopMaxMs),
        eventLoopUtilisation: performance.eventLoopUtilization(utilisation).utilization,
        cpuRatio: (used.user + used.system) / US_PER_MS / elapsedMs,
        rssBytes: process.memoryUsage.rss(),
        staleConnections: stale,
        unsent,
      };
    },
    stop() {
      loopDelay.disable();
    },
  };
}

/** The histogram holds whole numbers from 1 on. */
function record(histogram: RecordableHistogram, ms: number): void {
  histogram.record(Math.max(1, Math.round(ms * US_PER_MS)));
}

function quantileMs(histogram: RecordableHistogram, percentile: number): number | undefined {
  return histogram.count === 0 ? undefined : histogram.percentile(percentile) / US_PER_MS;
}
