/**
 * The probe log. Two fences keep it true whoever else may write: an attempt is claimed by inserting
 * its row, and a result is written only into a claimed row that has none. So no probe is finished
 * twice, and an owner who lost a search learns it at its next write.
 */
import type { Kysely, Transaction } from 'kysely';
import type { BurstSnapshot } from '../../core/metrics/burst-snapshot.ts';
import { packSnapshot, unpackSnapshot } from './record-blob.ts';
import { changeRow, finishedProbeRow, newProbeRow, probeOf } from './rows.ts';
import type { Schema } from './schema.ts';
import { changeSearch, giveUpProbes } from './sql-changes.ts';
import type {
  NewEvent,
  ProbeFinish,
  ProbeKey,
  ProbeStart,
  SearchChange,
  StoredProbe,
  StoredSearch,
} from './store-port.ts';

export async function startProbe(
  tx: Transaction<Schema>,
  start: ProbeStart,
  events: readonly NewEvent[],
): Promise<boolean> {
  // Takes the search's row first, so that two claims come one after the other.
  if ((await changeSearch(tx, start.searchId, undefined, [])) === undefined) return false;
  const blocking = await tx
    .selectFrom('probe')
    .select('attempt')
    .where('search_id', '=', start.searchId)
    .where('probe', '=', start.probe)
    .where((eb) => eb.or([eb('attempt', '>=', start.attempt), eb('outcome', '=', 'finished')]))
    .executeTakeFirst();
  if (blocking !== undefined) return false;
  await giveUpProbes(tx, start.searchId);
  await tx.insertInto('probe').values(newProbeRow(start)).execute();
  await changeSearch(tx, start.searchId, undefined, events);
  return true;
}

export async function finishProbe(
  db: Kysely<Schema>,
  finish: ProbeFinish,
  change: SearchChange,
  events: readonly NewEvent[],
): Promise<StoredSearch | undefined> {
  // Packed before the transaction: an open one must not wait for a compressor.
  const columns = await packSnapshot(finish.snapshot);
  const key = { search_id: finish.searchId, probe: finish.probe, attempt: finish.attempt };
  return db.transaction().execute(async (tx) => {
    // Takes the search's row first, as every other writer does: two that lock in different orders would
    // wait for each other, and what is read of its state stays true until the end of this.
    const search = await changeSearch(tx, finish.searchId, undefined, []);
    if (search?.state !== 'running') return undefined;
    const { numUpdatedRows } = await tx
      .updateTable('probe')
      .set(finishedProbeRow(finish))
      .where('search_id', '=', key.search_id)
      .where('probe', '=', key.probe)
      .where('attempt', '=', key.attempt)
      .where('outcome', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return undefined;
    await tx
      .insertInto('request_records')
      .values({
        ...key,
        requests: finish.snapshot.records.count,
        created_at_ms: finish.finishedAtMs,
        columns,
      })
      .execute();
    return changeSearch(tx, finish.searchId, changeRow(change), events);
  });
}

export async function readProbes(
  db: Kysely<Schema>,
  searchId: string,
): Promise<readonly StoredProbe[]> {
  const rows = await db
    .selectFrom('probe')
    .selectAll()
    .where('search_id', '=', searchId)
    .orderBy('probe')
    .orderBy('attempt')
    .execute();
  return rows.map(probeOf);
}

export async function readRecords(
  db: Kysely<Schema>,
  key: ProbeKey,
): Promise<BurstSnapshot | undefined> {
  const row = await db
    .selectFrom('request_records')
    .select('columns')
    .where('search_id', '=', key.searchId)
    .where('probe', '=', key.probe)
    .where('attempt', '=', key.attempt)
    .executeTakeFirst();
  return row && unpackSnapshot(row.columns);
}
