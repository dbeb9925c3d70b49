import { describe, expect, it } from 'vitest';
import type { ClientHealth } from '../../../src/core/metrics/burst-snapshot.ts';
import { parseTier } from '../../../src/core/policy/slo-parse.ts';
import { finestBoundMs, voidReason } from '../../../src/core/probe/validity.ts';
import { VIRTUAL_HEALTH } from '../metrics/sample-burst.ts';

const HEALTHY: ClientHealth = {
  canaryLateRatio: 0.01,
  canaryLateMsP99: 0.9,
  sendLagMsP99: 0.6,
  sendLagMsMax: 4,
  eventLoopDelayMsMax: 3,
  eventLoopUtilisation: 0.4,
  cpuRatio: 0.5,
  staleConnections: 0,
  unsent: 0,
  generators: 1,
};

function tiers(text: string) {
  const parsed = parseTier('slo', text, '');
  if (!parsed.ok) throw new Error(text);
  return [parsed.value];
}

const COARSE = tiers('p99(ttft) < 500 ms and p99(tpot) < 50 ms');
const FINE = tiers('p99(itl) < 40 ms');
const FINEST = tiers('p99(itl) < 5 ms');

describe('a burst counts', () => {
  it.each([
    ['when the client was well', {}, COARSE, undefined],
    ['when the client was well, tight bound', {}, FINE, undefined],
    [
      'when the canary was late by a fiftieth of the bound',
      { canaryLateMsP99: 10 },
      COARSE,
      undefined,
    ],
    [
      'not when it was later',
      { canaryLateMsP99: 10.1 },
      COARSE,
      'canary p99 10.1 ms, at most 10.0',
    ],
    ['not by so much for a fine bound', { canaryLateMsP99: 2 }, FINE, 'canary p99 2.0 ms'],
    [
      'by what no machine is without, for the finest',
      { canaryLateMsP99: 1.5, eventLoopDelayMsMax: 2 },
      FINEST,
      undefined,
    ],
    ['and not by more', { canaryLateMsP99: 1.6 }, FINEST, 'canary p99 1.6 ms, at most 1.5'],
    [
      'whatever the share above 1 ms, for a coarse bound',
      { canaryLateRatio: 0.5 },
      COARSE,
      undefined,
    ],
    ['not above 3 % of late samples, for a fine bound', { canaryLateRatio: 0.031 }, FINE, '3.1 %'],
    ['not in saturation', { eventLoopUtilisation: 0.95 }, COARSE, 'saturated'],
    ['not when requests were sent late', { sendLagMsP99: 26 }, COARSE, 'send lag'],
    ['not after a stall', { eventLoopDelayMsMax: 251 }, COARSE, 'stalled'],
    ['with one unsent in a thousand', { unsent: 1 }, COARSE, undefined],
    ['not with two', { unsent: 2 }, COARSE, '2 requests could not be sent'],
    [
      'not without a canary',
      { canaryLateRatio: undefined, canaryLateMsP99: undefined },
      COARSE,
      'no canary',
    ],
    ['by the share alone', { canaryLateMsP99: undefined }, COARSE, undefined],
    ['not without utilisation', { eventLoopUtilisation: undefined }, COARSE, 'not measured'],
    ['not without send lag', { sendLagMsP99: undefined }, COARSE, 'not measured'],
    ['not without loop delay', { eventLoopDelayMsMax: undefined }, COARSE, 'not measured'],
  ] as const)('%s', (_name, change, slo, reason) => {
    const found = voidReason({ ...HEALTHY, ...change }, slo, 1_000);
    if (reason === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(reason);
  });

  it('the more surely, the coarser its bound', () => {
    const late = {
      ...HEALTHY,
      canaryLateRatio: 0.029,
      canaryLateMsP99: 1.9,
      eventLoopDelayMsMax: 1,
    };
    const counts = [5, 20, 50, 94, 96, 100, 150, 500, 2_000].map(
      (ms) => voidReason(late, tiers(`p99(ttft) < ${ms} ms`), 1_000) === undefined,
    );
    expect(counts).toEqual(counts.toSorted((a, b) => Number(a) - Number(b)));
    expect(new Set(counts).size).toBe(2);
  });

  it('in virtual time, where there is no client', () => {
    expect(voidReason(VIRTUAL_HEALTH, FINE, 1_000)).toBeUndefined();
  });

  it('without a look at times that no objective judges', () => {
    const late = { ...HEALTHY, canaryLateMsP99: 400, canaryLateRatio: 1 };
    expect(voidReason(late, tiers('error_rate < 1%'), 1_000)).toBeUndefined();
  });

  it('by its tightest bound, TPOT over ten tokens', () => {
    expect(finestBoundMs(COARSE)).toBe(500);
    expect(finestBoundMs(tiers('p99(tpot) < 20 ms and mean(e2e) < 1 s'))).toBe(200);
    expect(finestBoundMs(tiers('attainment(ttft < 90 ms) > 90%'))).toBe(90);
    expect(finestBoundMs(tiers('goodput > 1 rps'))).toBeUndefined();
  });
});
