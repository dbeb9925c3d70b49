/**
 * What Prometheus scrapes: searches, probes, load sent, the queue, the process, HTTP. Counted from what the
 * runner has stored. Every label comes from a list that is closed or cut: states, verdicts, routes, and
 * policies and targets up to a limit, so that no caller can make the number of series grow.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type CapacityGauges, createCapacityGauges } from './capacity-gauges.ts';
import type { AccessLine } from './service/http/ports.ts';
import type { RunMeter } from './service/runner/watch/run-meter.ts';
import type { StoredSearch } from './service/store/store-port.ts';

/** Read when somebody scrapes. */
export interface MetricSources {
  occupancy(): { readonly running: number; readonly waiting: number };
  storeBytes(): number | Promise<number>;
}

export interface Metrics {
  readonly meter: RunMeter;
  onAccess(line: AccessLine): void;
  onPurge(purged: { readonly records: number; readonly searches: number }): void;
  /** Answers of an earlier process, newest first, so that a restart does not lose the last capacity. */
  recall(searches: readonly StoredSearch[]): void;
  observe(sources: MetricSources): void;
  readonly contentType: string;
  read(): Promise<string>;
}

/** Answers of milliseconds, and calls held up to 55 s. */
const HTTP_BUCKETS_S = [0.005, 0.02, 0.1, 0.5, 2.5, 10, 60];
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS']);
/** The first words of a void's reason (`core/probe/validity.ts`). */
const VOID_REASON =
  /^client (not measured|saturated|too slow|late|stalled|off its load|off its law):/;

export function createMetrics(version: string): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  // Gauges under the names of counters: whoever lints the page would stumble over them.
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  new Gauge({
    name: 'plimsoll_build_info',
    help: 'Version of the program; the value is 1',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version }, 1);
  const capacity = createCapacityGauges(registry);
  const http = httpMetrics(registry);
  const purged = new Counter({
    name: 'plimsoll_store_purged_total',
    help: 'What grew too old: raw records by burst, searches whole',
    labelNames: ['what'],
    registers: [registry],
  });
  for (const what of ['records', 'searches']) purged.inc({ what }, 0);

  return {
    meter: runMeter(registry, capacity),
    onAccess: http,
    onPurge({ records, searches }) {
      purged.inc({ what: 'records' }, records);
      purged.inc({ what: 'searches' }, searches);
    },
    recall(searches) {
      for (const search of searches.toReversed()) capacity.tell(search);
    },
    observe: (sources) => observeSources(registry, sources),
    contentType: registry.contentType,
    read: () => registry.metrics(),
  };
}

function runMeter(registry: Registry, capacity: CapacityGauges): RunMeter {
  const registers = [registry];
  const counter = <L extends string = never>(name: string, help: string, labelNames: L[] = []) =>
    new Counter({ name, help, labelNames, registers });
  const searches = counter('plimsoll_searches_total', 'Searches that came into a state', ['state']);
  const probes = counter('plimsoll_probes_total', 'Bursts by what became of them', ['outcome']);
  const verdicts = counter(
    'plimsoll_probe_verdicts_total',
    'Verdicts of finished bursts, one for each SLO tier',
    ['verdict'],
  );
  const voided = counter('plimsoll_probes_voided_total', 'Voided bursts by reason', ['reason']);
  const requests = counter('plimsoll_load_requests_total', 'Requests sent to targets');
  const tokens = counter('plimsoll_load_output_tokens_total', 'Output tokens that targets made');
  const seconds = counter('plimsoll_load_seconds_total', 'Time under load, settling included');
  // Present from the start, so that a rate over them is right from the first one on.
  for (const state of ['queued', 'running', 'done', 'failed', 'cancelled', 'expired']) {
    searches.inc({ state }, 0);
  }
  for (const outcome of ['finished', 'voided', 'spoilt', 'lost']) probes.inc({ outcome }, 0);
  for (const verdict of ['pass', 'fail', 'inconclusive']) verdicts.inc({ verdict }, 0);
  const spend = (cost: Parameters<RunMeter['wasted']>[1]): void => {
    requests.inc(cost.requests);
    tokens.inc(cost.outputTokens);
    seconds.inc(cost.loadMs / 1_000);
  };
  return {
    moved(search) {
      searches.inc({ state: search.state });
      capacity.tell(search);
    },
    probeFinished({ observation, report }) {
      spend(observation);
      probes.inc({ outcome: report.voided === undefined ? 'finished' : 'voided' });
      if (report.voided !== undefined) {
        const [, reason = 'other'] = VOID_REASON.exec(report.voided) ?? [];
        voided.inc({ reason: reason.replaceAll(' ', '_') });
        return;
      }
      for (const { verdict } of report.tiers) verdicts.inc({ verdict });
    },
    wasted(kind, cost) {
      probes.inc({ outcome: kind });
      spend(cost);
    },
  };
}

function httpMetrics(registry: Registry): (line: AccessLine) => void {
  const requests = new Counter({
    name: 'plimsoll_http_requests_total',
    help: 'Calls of the API',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'plimsoll_http_request_duration_seconds',
    help: 'Until the answer begins; calls that were asked to wait included',
    labelNames: ['route'],
    buckets: HTTP_BUCKETS_S,
    registers: [registry],
  });
  return ({ method, route = 'none', status, durationMs }) => {
    requests.inc({ method: METHODS.has(method) ? method : 'other', route, status });
    durations.observe({ route }, durationMs / 1_000);
  };
}

function observeSources(registry: Registry, sources: MetricSources): void {
  new Gauge({
    name: 'plimsoll_searches_running',
    help: 'Searches that have the machine',
    registers: [registry],
    collect() {
      this.set(sources.occupancy().running);
    },
  });
  new Gauge({
    name: 'plimsoll_queue_length',
    help: 'Searches that wait for their turn',
    registers: [registry],
    collect() {
      this.set(sources.occupancy().waiting);
    },
  });
  new Gauge({
    name: 'plimsoll_store_bytes',
    help: 'Size of the store on the disk',
    registers: [registry],
    async collect() {
      this.set(await sources.storeBytes());
    },
  });
}
