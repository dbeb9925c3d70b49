/**
 * The memory that the generator and its pacing thread share: a turn counter, which the thread sleeps
 * on, and the time of the next wake (Float64, written before the turn moves).
 */
export const PACER_CELL_BYTES = 16;
/** Written as the due time to end the thread; no clock reaches it. */
export const PACER_STOP = -1;

export function readDueMs(due: Float64Array): number {
  return due[0] ?? PACER_STOP;
}
