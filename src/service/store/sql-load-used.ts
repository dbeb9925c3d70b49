/**
 * Load that the ended searches of a caller have sent since a time, from the probe log itself. An attempt
 * that was given up has no record of its own: it counts with the time that it was planned to take.
 */
import type { Kysely } from 'kysely';
import type { ProbeDecision } from '../../core/search/decision.ts';
import type { Observation } from '../../core/search/observation.ts';
import { fromJsonText } from './json-text.ts';
import type { Schema } from './schema.ts';
import { ENDED_STATES } from './search-record.ts';
import type { LoadUsed } from './store-port.ts';

export async function loadUsed(
  db: Kysely<Schema>,
  account: string,
  sinceMs: number,
): Promise<LoadUsed> {
  const rows = await db
    .selectFrom('probe')
    .innerJoin('search', 'search.id', 'probe.search_id')
    .select(['probe.observation', 'probe.decision'])
    .where((eb) =>
      eb.or([
        eb('search.caller', '=', account),
        // Its tokens' subjects stand behind a colon; a semicolon is the next character after it.
        eb.and([eb('search.caller', '>', `${account}:`), eb('search.caller', '<', `${account};`)]),
      ]),
    )
    .where('search.state', 'in', ENDED_STATES)
    .where('search.ended_at_ms', '>=', sinceMs)
    .where('probe.started_at_ms', '>=', sinceMs)
    .execute();
  let [loadMs, requests, outputTokens] = [0, 0, 0];
  for (const row of rows) {
    if (row.observation === null) {
      const decision: ProbeDecision = fromJsonText(row.decision);
      loadMs += decision.settleMs + decision.windowMs;
      continue;
    }
    const observation: Observation = fromJsonText(row.observation);
    loadMs += observation.loadMs;
    requests += observation.requests;
    outputTokens += observation.outputTokens;
  }
  return { loadSeconds: loadMs / 1_000, requests, outputTokens };
}
