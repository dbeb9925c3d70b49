import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDueQueue } from '../../../src/core/base/due-queue.ts';

test('gives things back by their time, equal times in the order in which they came', () => {
  const pushes = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.boolean()));
  fc.assert(
    fc.property(pushes, (steps) => {
      const queue = createDueQueue<number>();
      let twin: { readonly dueMs: number; readonly item: number }[] = [];
      for (const [item, [dueMs, takes]] of steps.entries()) {
        queue.push(dueMs, item);
        // A stable sort is the same promise.
        twin = [...twin, { dueMs, item }].sort((a, b) => a.dueMs - b.dueMs);
        expect(queue.headMs()).toBe(twin[0]?.dueMs);
        if (takes) expect(queue.shift()).toBe(twin.shift()?.item);
        expect(queue.size).toBe(twin.length);
      }
      while (twin.length > 0) expect(queue.shift()).toBe(twin.shift()?.item);
      expect(queue.headMs()).toBe(Number.POSITIVE_INFINITY);
      expect(queue.shift()).toBeUndefined();
    }),
  );
});

test('forgets everything when cleared', () => {
  const queue = createDueQueue<string>();
  queue.push(1, 'a');
  queue.clear();
  expect(queue.size).toBe(0);
  expect(queue.shift()).toBeUndefined();
});
