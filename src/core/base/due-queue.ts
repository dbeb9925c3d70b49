/** Things that are due at a time, the earliest first, equal times in the order in which they came. */

export interface DueQueue<T> {
  readonly size: number;
  /** Earliest due time, infinite when empty. */
  headMs(): number;
  push(dueMs: number, item: T): void;
  /** Takes the earliest. */
  shift(): T | undefined;
  clear(): void;
}

interface Entry<T> {
  readonly dueMs: number;
  readonly order: number;
  readonly item: T;
}

/** A binary heap (Williams 1964). */
export function createDueQueue<T>(): DueQueue<T> {
  const heap: Entry<T>[] = [];
  let pushed = 0;

  const rise = (from: number): void => {
    for (let i = from; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!before(heap[i], heap[parent])) return;
      swap(heap, i, parent);
      i = parent;
    }
  };
  const sink = (): void => {
    for (let i = 0; ; ) {
      const left = 2 * i + 1;
      const child = before(heap[left + 1], heap[left]) ? left + 1 : left;
      if (!before(heap[child], heap[i])) return;
      swap(heap, i, child);
      i = child;
    }
  };
  return {
    get size() {
      return heap.length;
    },
    headMs: () => heap[0]?.dueMs ?? Number.POSITIVE_INFINITY,
    push(dueMs, item) {
      heap.push({ dueMs, order: pushed, item });
      pushed += 1;
      rise(heap.length - 1);
    },
    shift() {
      const first = heap[0];
      const last = heap.pop();
      if (last !== undefined && heap.length > 0) {
        heap[0] = last;
        sink();
      }
      return first?.item;
    },
    clear() {
      heap.length = 0;
    },
  };
}

function before<T>(a: Entry<T> | undefined, b: Entry<T> | undefined): boolean {
  if (a === undefined || b === undefined) return a !== undefined;
  return a.dueMs === b.dueMs ? a.order < b.order : a.dueMs < b.dueMs;
}

function swap<T>(heap: Entry<T>[], i: number, j: number): void {
  const [a, b] = [heap[i], heap[j]];
  if (a === undefined || b === undefined) return;
  heap[i] = b;
  heap[j] = a;
}
