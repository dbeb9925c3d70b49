/**
 * One part's share of a burst: the same columns with only the rows of that part. Gaps are not copied;
 * their offsets stay right. Whoever judges a part judges it with the same rules as the whole.
 */
import type { BurstSnapshot } from './burst-snapshot.ts';
import {
  createColumns,
  type RequestColumns,
  ROW_COLUMNS,
  UNKNOWN_PART,
} from './request-columns.ts';

export function partSnapshot(snapshot: BurstSnapshot, part: number): BurstSnapshot {
  const { records } = snapshot;
  let count = 0;
  for (let i = 0; i < records.count; i++) if (belongsTo(records, i, part)) count += 1;
  if (count === records.count) return snapshot;
  const own = createColumns(count);
  for (let i = 0; i < records.count; i++) {
    if (!belongsTo(records, i, part)) continue;
    const row = own.count;
    own.count += 1;
    for (const name of ROW_COLUMNS) own[name][row] = records[name][i] ?? 0;
    own.gapStart[row] = records.gapStart[i] ?? -1;
  }
  own.gapUnits = records.gapUnits;
  own.gapCount = records.gapCount;
  return { ...snapshot, records: own };
}

/** What could not be sent may have been anyone's: no part passes by the loss of it. */
function belongsTo(records: RequestColumns, i: number, part: number): boolean {
  return records.part[i] === part || records.part[i] === UNKNOWN_PART;
}
