/**
 * Gathers what a report is made from. Raw requests are read only for the tails of the tiers that the
 * file will draw, one burst at a time.
 */
import { stringify } from 'yaml';
import type { BurstSnapshot } from '../../../core/metrics/burst-snapshot.ts';
import type { ProbeReport } from '../../../core/probe/probe-report.ts';
import { type TailCurve, tailCurve, tailQuestion } from '../../../view/plots/tail-curve.ts';
import { tailProbes } from '../../../view/plots/tail-probes.ts';
import type { Repeat, ReportSource } from '../../../view/report/report-source.ts';
import type { SearchRecord, SearchService } from '../../runner/search-service.ts';
import { gateQuestionToJson, questionToJson } from '../to-json/question.ts';

/** The longest name that a policy may have. */
const MAX_NAME = 63;

export async function gatherReport(
  searches: SearchService,
  record: SearchRecord,
  tailTiers: readonly string[],
): Promise<ReportSource> {
  const probes = await searches.probes(record.id);
  return {
    facts: record,
    createdAtMs: record.createdAtMs,
    startedAtMs: record.startedAtMs,
    endedAtMs: record.endedAtMs,
    provenance: record.provenance,
    probes,
    tails: await gatherTails(searches, record, probes, tailTiers),
    repeat: repeatOf(record),
  };
}

/** Undefined when there were bursts to read and none is kept any more. */
async function gatherTails(
  searches: SearchService,
  record: SearchRecord,
  probes: readonly ProbeReport[],
  tiers: readonly string[],
): Promise<TailCurve[] | undefined> {
  const { question, result } = record;
  const curves: TailCurve[] = [];
  let lost = false;
  for (const tier of question.tiers.filter(({ name }) => tiers.includes(name))) {
    const found = result?.tiers.find((each) => each.tier === tier.name);
    const asked = tailQuestion(tier, found?.bindingObjective);
    for (const { side, load, probes: chosen } of tailProbes(question, result, probes, tier.name)) {
      const snapshots: BurstSnapshot[] = [];
      for (const { probe, attempt } of chosen) {
        const snapshot = await searches.burst(record.id, probe, attempt);
        if (snapshot === undefined) lost = true;
        else snapshots.push(snapshot);
      }
      const numbers = chosen.map(({ probe }) => probe);
      const head = { tier: tier.name, side, load, probes: numbers };
      if (snapshots.length > 0) curves.push(tailCurve(head, asked, snapshots));
    }
  }
  return lost && curves.length === 0 ? undefined : curves;
}

function repeatOf(record: SearchRecord): Repeat {
  const { kind, question, id } = record;
  const whole = questionToJson(question);
  const { slo, load, workload, budget, confidence, resolution } = whole;
  // The name of a policy that exists would shadow it, and this one may differ.
  const name = `again-${question.policy ?? id}`.slice(0, MAX_NAME);
  const policy = {
    name,
    description: `As asked by ${kind} ${id}`,
    slo,
    load: kind === 'gate' ? { axis: load.axis } : load,
    workload,
    budget,
    confidence,
    ...(kind === 'search' && { resolution }),
    ...(question.requiredAtLeast !== undefined && {
      gates: { at_least: question.requiredAtLeast },
    }),
  };
  return {
    path: kind === 'gate' ? '/v1/gates' : '/v1/searches',
    question: kind === 'gate' ? gateQuestionToJson(question) : whole,
    policyYaml: stringify(policy, { lineWidth: 0 }),
  };
}
