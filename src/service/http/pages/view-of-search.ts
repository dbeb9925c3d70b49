/** Gathers what the page of one search shows: the record, its probes, its events and the plots. */
import type { SearchView } from '../../../view/page/search-view.ts';
import type { SearchRecord } from '../../runner/search-service.ts';
import type { HttpParts } from '../ports.ts';
import { questionToJson } from '../to-json/question.ts';
import type { PlotShelf } from './plot-shelf.ts';
import type { ToldByEvents } from './told-by-events.ts';

export async function viewOfSearch(
  parts: HttpParts,
  plots: PlotShelf,
  record: SearchRecord,
  told: ToldByEvents,
): Promise<SearchView> {
  const probes = await parts.searches.probes(record.id);
  return {
    facts: record,
    createdAtMs: record.createdAtMs,
    startedAtMs: record.startedAtMs,
    endedAtMs: record.endedAtMs,
    probes,
    provenance: record.provenance,
    plan: told.plan,
    waitingBefore: told.waitingBefore,
    current: told.current,
    lastEventId: told.lastEventId,
    plots: await plots.of(record, probes),
    questionJson: JSON.stringify(questionToJson(record.question), null, 2),
  };
}
