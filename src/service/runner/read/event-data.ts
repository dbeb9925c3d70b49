/**
 * The events of a search in the API's spelling: snake_case, units in the names, null for what is
 * missing. What an event says can also be read from the search; a reader who missed one is not lost.
 */
import type { ProbeReport } from '../../../core/probe/probe-report.ts';
import type { BudgetPlan } from '../../../core/search/answer/plan.ts';
import type { SearchResult, TierResult, Warning } from '../../../core/search/answer/result.ts';
import type { ProbeDecision } from '../../../core/search/decision.ts';
import type { BurstPlan } from '../../../core/workload/burst-plan.ts';
import type { NewEvent, Provenance, SearchEventType } from '../../store/store-port.ts';

type Data = Readonly<Record<string, unknown>>;

export function queuedEvent(atMs: number, waiting: number): NewEvent {
  return { type: 'search.queued', atMs, data: { waiting_before: waiting } };
}

export function startedEvent(atMs: number, resumed: boolean, finishedProbes: number): NewEvent {
  return { type: 'search.started', atMs, data: { resumed, probes: finishedProbes } };
}

export function planEvent(atMs: number, plan: BudgetPlan, provenance: Provenance): NewEvent {
  return {
    type: 'search.plan',
    atMs,
    data: {
      sentence: plan.sentence,
      requests_to_pass: plan.requestsToPass,
      requests_near_limit: plan.requestsNearLimit,
      model: provenance.model,
      dialect: provenance.dialect,
      resolved_address: provenance.resolvedAddress,
    },
  };
}

/** Times as they will be run: a cold start settles longer than the controller decided. */
export function probeStartedEvent(
  atMs: number,
  decision: ProbeDecision,
  attempt: number,
  plan: BurstPlan,
): NewEvent {
  return {
    type: 'probe.started',
    atMs,
    data: {
      probe: decision.probe,
      attempt,
      phase: decision.phase,
      load: decision.load,
      ramp_ms: Math.round(plan.rampMs),
      settle_ms: Math.round(plan.settleMs),
      window_ms: Math.round(plan.windowMs),
      reason: decision.reason,
    },
  };
}

export interface Progress {
  readonly probe: number;
  readonly attempt: number;
  readonly load: number;
  readonly elapsedMs: number;
  readonly requests: number;
  /** In words, what the burst still needs. */
  readonly needs: string;
}

export function progressEvent(atMs: number, progress: Progress): NewEvent {
  return {
    type: 'probe.progress',
    atMs,
    data: {
      probe: progress.probe,
      attempt: progress.attempt,
      load: progress.load,
      elapsed_ms: Math.round(progress.elapsedMs),
      requests: progress.requests,
      needs: progress.needs,
    },
  };
}

export function probeFinishedEvent(atMs: number, report: ProbeReport): NewEvent {
  const common: Data = {
    probe: report.probe,
    attempt: report.attempt,
    phase: report.phase,
    load: report.load,
    requests: report.requests,
    end: report.end,
  };
  if (report.voided !== undefined) {
    return { type: 'probe.voided', atMs, data: { ...common, reason: report.voided } };
  }
  const tiers = report.tiers.map((tier) => ({
    tier: tier.tier,
    verdict: tier.verdict,
    goodput_rps: tier.goodputRps?.value ?? null,
    attainment_ratio: tier.attainmentRatio?.value ?? null,
  }));
  return { type: 'probe.finished', atMs, data: { ...common, tiers } };
}

/** What the new result says beyond the old one: a moved bracket, warnings not given yet. */
export function resultEvents(
  atMs: number,
  before: SearchResult | undefined,
  after: SearchResult,
): NewEvent[] {
  const events: NewEvent[] = [];
  // Before the first burst no tier has a bound.
  const known = before?.tiers ?? after.tiers.map(({ tier, outcome }) => ({ tier, outcome }));
  if (JSON.stringify(after.tiers.map(bracketData)) !== JSON.stringify(known.map(bracketData))) {
    events.push({ type: 'bracket.changed', atMs, data: { tiers: after.tiers.map(tierData) } });
  }
  const told = new Set((before?.warnings ?? []).map((warning) => JSON.stringify(warning)));
  for (const warning of after.warnings) {
    if (told.has(JSON.stringify(warning))) continue;
    events.push({ type: 'search.warning', atMs, data: warningData(warning) });
  }
  return events;
}

export function endEvent(
  type: SearchEventType,
  atMs: number,
  end: { readonly reason?: string; readonly detail?: string; readonly result?: SearchResult },
): NewEvent {
  return {
    type,
    atMs,
    data: {
      reason: end.reason ?? null,
      detail: end.detail ?? null,
      stopped: end.result?.stopped ?? null,
      tiers: (end.result?.tiers ?? []).map(tierData),
      probes: end.result?.probes ?? 0,
      requests: end.result?.requests ?? 0,
      load_seconds: end.result?.loadSeconds ?? 0,
    },
  };
}

function bracketData(tier: TierResult): Data {
  return {
    tier: tier.tier,
    capacity_at_least: tier.lower ?? 0,
    capacity_below: tier.upper ?? null,
  };
}

function tierData(tier: TierResult): Data {
  return {
    ...bracketData(tier),
    outcome: tier.outcome,
    capacity_estimate: tier.estimate?.load ?? null,
    binding_objective: tier.bindingObjective ?? null,
    needs: tier.needs ?? null,
  };
}

function warningData(warning: Warning): Data {
  switch (warning.kind) {
    case 'inversion':
      return {
        kind: warning.kind,
        tier: warning.tier,
        passed_load: warning.passedLoad,
        failed_load: warning.failedLoad,
      };
    case 'drift':
      return {
        kind: warning.kind,
        at_probe: warning.atProbe,
        ratio: warning.ratio,
        dropped_probes: warning.droppedProbes,
      };
    case 'hysteresis':
      return { kind: warning.kind, at_probe: warning.atProbe, load: warning.load };
    case 'missing_measurement':
      return {
        kind: warning.kind,
        tier: warning.tier,
        objective: warning.objective,
        reason: warning.reason,
      };
  }
}
