import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTurns, type Turn } from '../../../../src/service/runner/queue/turns.ts';

const turn = (id: string, targetKey: string): Turn => ({
  id,
  kind: 'search',
  targetKey,
  questionHash: 'q',
});
const ids = (turns: readonly Turn[]): string[] => turns.map(({ id }) => id);

describe('turns', () => {
  test('one search per target, others pass by, first come first served', () => {
    const turns = createTurns(2);
    for (const each of [turn('a', 't1'), turn('b', 't1'), turn('c', 't2'), turn('d', 't3')]) {
      turns.add(each);
    }
    expect(ids(turns.takeDue())).toEqual(['a', 'c']);
    expect(ids(turns.takeDue())).toEqual([]);
    expect(ids(turns.waiting())).toEqual(['b', 'd']);
    expect(ids(turns.onTarget('t1'))).toEqual(['a', 'b']);
    turns.remove('a');
    expect(ids(turns.takeDue())).toEqual(['b']);
    turns.remove('c');
    expect(ids(turns.takeDue())).toEqual(['d']);
  });

  test('a target is free when nobody runs or waits on it and the machine has room', () => {
    const turns = createTurns(1);
    expect(turns.isFree('t1')).toBe(true);
    turns.add(turn('a', 't1'));
    expect(turns.isFree('t1')).toBe(false);
    turns.takeDue();
    expect(turns.isFree('t2')).toBe(false);
    turns.remove('a');
    expect(turns.isFree('t2')).toBe(true);
  });

  test('whatever comes and goes: never two on a target, never too many, nobody lost', () => {
    const step = fc.record({ add: fc.boolean(), target: fc.nat(3), pick: fc.nat(20) });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 4 }),
        (steps, max) => {
          const turns = createTurns(max);
          const alive = new Set<string>();
          steps.forEach(({ add, target, pick }, i) => {
            if (add) {
              turns.add(turn(`s${i}`, `t${target}`));
              alive.add(`s${i}`);
            } else {
              const gone = [...alive][pick % Math.max(1, alive.size)];
              if (gone !== undefined) turns.remove(gone);
              if (gone !== undefined) alive.delete(gone);
            }
            turns.takeDue();
            const running = turns.running();
            expect(running.length).toBeLessThanOrEqual(max);
            expect(new Set(running.map((r) => r.targetKey)).size).toBe(running.length);
            expect(new Set(ids([...running, ...turns.waiting()]))).toEqual(alive);
          });
        },
      ),
    );
  });
});
