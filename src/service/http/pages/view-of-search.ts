/** Gathers what the page of one search shows: the record, its probes, its events and the plots. */
import type { CurrentBurst, SearchView } from '../../../view/page/search-view.ts';
import type { SearchRecord } from '../../runner/search-service.ts';
import type { HttpParts } from '../ports.ts';
import { gateQuestionToJson, questionToJson } from '../to-json/question.ts';
import type { PlotShelf } from './plot-shelf.ts';
import type { ToldBurst, ToldByEvents } from './told-by-events.ts';

export async function viewOfSearch(
  parts: HttpParts,
  plots: PlotShelf,
  record: SearchRecord,
  told: ToldByEvents,
  nowMs: number,
): Promise<SearchView> {
  const probes = await parts.searches.probes(record.id);
  const question =
    record.kind === 'gate' ? gateQuestionToJson(record.question) : questionToJson(record.question);
  return {
    facts: record,
    createdAtMs: record.createdAtMs,
    startedAtMs: record.startedAtMs,
    endedAtMs: record.endedAtMs,
    probes,
    provenance: record.provenance,
    plan: told.plan,
    waitingBefore: told.waitingBefore,
    current: told.current === undefined ? undefined : burstAt(told.current, nowMs),
    lastEventId: told.lastEventId,
    plots: await plots.of(record, probes),
    questionJson: JSON.stringify(question, null, 2),
  };
}

function burstAt({ startedAtMs, ...burst }: ToldBurst, nowMs: number): CurrentBurst {
  return { ...burst, elapsedMs: Math.max(0, nowMs - startedAtMs) };
}
