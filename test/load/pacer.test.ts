/** Wake-ups: never early, never lost, the last one asked for. How late they are is the bench's to say. */
import { afterEach, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/core/base/random.ts';
import { type Pacer, startPacer } from '../../src/load/generator/pacer.ts';
import { createSharedClock } from '../../src/load/shared-clock.ts';

const clock = createSharedClock();
let pacer: Pacer | undefined;
afterEach(() => pacer?.stop());

describe('the pacer', () => {
  it.each([0.01, 0.5, 3, 1_000])('wakes once for each time, a mean gap of %s ms', async (gapMs) => {
    const random = createRandom(7);
    const WAKES = 40;
    const earlyMs: number[] = [];
    await new Promise<void>((resolve, reject) => {
      let dueMs = 0;
      const next = (): void => {
        // Some are due already, some within the turning, some are the thread's.
        dueMs = clock.nowMs() + random.integer(4) * 0.25 - 0.1;
        pacer?.wakeAt(dueMs, gapMs);
      };
      startPacer(clock, () => {
        earlyMs.push(dueMs - clock.nowMs());
        if (earlyMs.length < WAKES) next();
        else resolve();
      }).then((started) => {
        pacer = started;
        next();
      }, reject);
    });
    expect(Math.max(...earlyMs)).toBeLessThanOrEqual(0);
  });

  it('forgets a time that was replaced, by a later and by an earlier one', async () => {
    const wokenMs: number[] = [];
    let woken = (): void => undefined;
    pacer = await startPacer(clock, () => {
      wokenMs.push(clock.nowMs());
      woken();
    });
    const startMs = clock.nowMs();
    pacer.wakeAt(startMs + 2, 2);
    pacer.wakeAt(startMs + 60_000, 2);
    pacer.wakeAt(startMs + 30, 2);
    await new Promise<void>((resolve) => {
      woken = resolve;
    });
    expect(wokenMs).toHaveLength(1);
    expect(wokenMs[0]).toBeGreaterThanOrEqual(startMs + 30);
  });
});
