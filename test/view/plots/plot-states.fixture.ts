/** The states that a plot must be fit to be shown in, each made of a real search in virtual time. */
import { buildFrontier } from '../../../src/core/frontier/frontier.ts';
import { SERVERS, slowedFrom } from '../../../src/sim/servers.ts';
import { WORKLOADS } from '../../../src/sim/workloads.ts';
import type { PlotSource } from '../../../src/view/plots/plots.ts';
import { type Asked, type Measured, measure } from '../measured-search.fixture.ts';

const TTFT = { slo: 'p99(ttft) < 500 ms' };

/** Measured once for all the states that only change it afterwards. */
let plain: Measured | undefined;
function plainSearch(): Measured {
  plain ??= measure({ tiers: TTFT });
  return plain;
}

function source(measured: Measured, change: Partial<PlotSource> = {}): PlotSource {
  const { result, ...rest } = measured;
  return { state: 'done', ...rest, ...(result === undefined ? {} : { result }), ...change };
}

const short = (asked: Partial<Asked> = {}): Measured =>
  measure({
    tiers: TTFT,
    ...asked,
    change: { budget: { loadSeconds: 60, requests: 1e6, outputTokens: 1e8 }, ...asked.change },
  });

/** Ten bounds between tight and loose. */
const TEN = Object.fromEntries(
  [40, 60, 90, 130, 180, 250, 350, 500, 700, 1_000].map((ms) => [
    `ttft-${ms}`,
    `p99(ttft) < ${ms} ms`,
  ]),
);

export const PLOT_STATES: Readonly<Record<string, () => PlotSource>> = {
  'closed loop': () => source(plainSearch()),
  'open loop': () =>
    source(
      measure({
        tiers: { slo: 'p99(ttft) < 500 ms and error_rate < 1%' },
        change: { axis: 'request_rate', minLoad: 1, maxLoad: 400 },
      }),
    ),
  'no probe, queued': () => ({
    ...source(measure({ tiers: TTFT, maxProbes: 0 })),
    state: 'queued',
  }),
  'one probe, running': () => ({
    ...source(measure({ tiers: TTFT, maxProbes: 1 })),
    state: 'running',
  }),
  'some probes, running': () => ({
    ...source(measure({ tiers: TTFT, maxProbes: 6 })),
    state: 'running',
  }),
  'all failed': () => source(short({ tiers: { slo: 'p99(ttft) < 3 ms' } })),
  'all passed': () => source(short({ tiers: { slo: 'p99(ttft) < 5 s' }, change: { maxLoad: 64 } })),
  'one load only': () => source(short({ change: { minLoad: 64, maxLoad: 64 } })),
  'two tiers': () =>
    source(
      measure({
        tiers: { gold: 'p99(ttft) < 200 ms and p95(tpot) < 20 ms', silver: 'p99(ttft) < 1 s' },
      }),
    ),
  'ten tiers': () => source(measure({ tiers: TEN })),
  'voided bursts': () => {
    const whole = source(plainSearch());
    const probes = whole.probes.map((probe, i) =>
      i % 3 === 1 ? { ...probe, voided: 'client late: canary p99 61.0 ms, at most 5.0 ms' } : probe,
    );
    return { ...whole, probes };
  },
  'no tpot': () => {
    const whole = source(measure({ tiers: { slo: 'p99(e2e) < 2 s' } }));
    const probes = whole.probes.map((probe) => ({ ...probe, tpotMs: undefined, itlMs: undefined }));
    return { ...whole, probes };
  },
  'a target that changed': () =>
    source(measure({ tiers: TTFT, server: slowedFrom(SERVERS.demo, 40_000, 1.5) })),
  attainment: () =>
    source(measure({ tiers: { slo: 'attainment(ttft < 300 ms and tpot < 30 ms) >= 95%' } })),
  'errors under load': () =>
    source(
      measure({
        server: SERVERS.admission429,
        tiers: { slo: 'p99(ttft) < 1 s and error_rate < 1%' },
        change: {
          workload: WORKLOADS.chat,
          axis: 'request_rate',
          minLoad: 0.5,
          maxLoad: 40,
          budget: { loadSeconds: 400, requests: 1e6, outputTokens: 1e8 },
        },
      }),
    ),
  'gaps between tokens': () => source(measure({ tiers: { slo: 'p99(itl) < 18 ms' } })),
  'a mean': () => source(short({ tiers: { slo: 'mean(e2e) < 400 ms' } })),
  'earlier frontier behind': () => {
    const whole = source(plainSearch());
    const earlier = measure({ tiers: TTFT, server: { ...SERVERS.demo, decodeMs: 0.14 } });
    return { ...whole, baseline: { name: 'last night', points: pointsOf(earlier) } };
  },
};

function pointsOf({ probes, result, question }: Measured) {
  return result === undefined ? [] : buildFrontier(probes, result, question.axis);
}
