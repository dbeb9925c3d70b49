/** One health for all generators of a burst: counts add up, everything else is the worst of them. */
import type { ClientHealth } from '../core/metrics/burst-snapshot.ts';
import type { GeneratorHealth } from './protocol.ts';

export function mergeHealth(parts: readonly GeneratorHealth[]): ClientHealth {
  return {
    canaryLateRatio: worst(parts.map(lateRatio)),
    canaryLateMsP99: worst(parts.map((part) => part.canaryLateMsP99)),
    sendLagMsP99: worst(parts.map((part) => part.sendLagMsP99)),
    sendLagMsMax: worst(parts.map((part) => part.sendLagMsMax)),
    eventLoopDelayMsMax: worst(parts.map((part) => part.eventLoopDelayMsMax)),
    eventLoopUtilisation: worst(parts.map((part) => part.eventLoopUtilisation)),
    cpuRatio: worst(parts.map((part) => part.cpuRatio)),
    staleConnections: sum(parts.map((part) => part.staleConnections)),
    unsent: sum(parts.map((part) => part.unsent)),
    generators: parts.length,
  };
}

function lateRatio(part: GeneratorHealth): number | undefined {
  return part.canarySamples === 0 ? undefined : part.canaryLate / part.canarySamples;
}

function worst(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
