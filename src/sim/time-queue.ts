/**
 * Due times in order. Nearly all are pushed in order already (each later than the last), so it is a
 * ring that puts the rare early one in its place by moving the few behind it.
 */
export interface TimeQueue {
  /** Earliest due time, infinite when empty. */
  headMs(): number;
  push(ms: number): void;
  shift(): void;
  clear(): void;
}

/** Power of two; doubles when full. */
const FIRST_SIZE = 64;

export function createTimeQueue(): TimeQueue {
  let ring = new Float64Array(FIRST_SIZE);
  let head = 0;
  let count = 0;
  const at = (i: number): number => ring[(head + i) & (ring.length - 1)] ?? 0;
  const put = (i: number, ms: number): void => {
    ring[(head + i) & (ring.length - 1)] = ms;
  };
  return {
    headMs: () => (count === 0 ? Number.POSITIVE_INFINITY : at(0)),
    push(ms) {
      if (count === ring.length) {
        const larger = new Float64Array(2 * ring.length);
        for (let i = 0; i < count; i++) larger[i] = at(i);
        ring = larger;
        head = 0;
      }
      let i = count;
      for (; i > 0 && at(i - 1) > ms; i--) put(i, at(i - 1));
      put(i, ms);
      count += 1;
    },
    shift() {
      if (count === 0) return;
      head = (head + 1) & (ring.length - 1);
      count -= 1;
    },
    clear() {
      count = 0;
    },
  };
}
