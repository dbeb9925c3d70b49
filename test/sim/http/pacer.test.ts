/** The engine in real time: never before its time, and what happens when the process itself stands still. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/base/random.ts';
import { createEngine } from '../../../src/sim/engine.ts';
import { createPacer, type Pacer } from '../../../src/sim/http/pacer.ts';
import { quick } from './sim-client.ts';

interface Run {
  readonly pacer: Pacer;
  /** Real time from the submission to each token, ms. */
  answer(outputTokens: number, onToken?: (n: number) => void): Promise<readonly number[]>;
}

function run(baseMs: number): Run {
  const engine = createEngine({ ...quick, baseMs, noiseRatio: 0 }, createRandom(1));
  const pacer = createPacer(engine, 1, ({ finished }) => {
    for (const request of finished) {
      expect(request.admittedMs).toBeGreaterThanOrEqual(request.arrivedMs);
      expect(request.firstTokenMs).toBeGreaterThan(request.admittedMs);
    }
  });
  return {
    pacer,
    answer: (outputTokens, onToken) =>
      new Promise((resolve, reject) => {
        const startedMs = performance.now();
        const times: number[] = [];
        const note = (): void => {
          times.push(performance.now() - startedMs);
          onToken?.(times.length);
        };
        pacer.submit(10, outputTokens, {
          firstToken: note,
          token: note,
          finished() {
            note();
            resolve(times);
          },
          lost: () => reject(new Error('lost')),
        });
      }),
  };
}

/** Timers may fire up to a millisecond early, and start with a rounded wait. */
const GRAIN_MS = 2;

describe('createPacer', () => {
  it('tells every token once and none before its step is over', async () => {
    const times = await run(5).answer(12);
    expect(times.length).toBe(12);
    times.forEach((ms, i) => {
      expect(ms).toBeGreaterThan(5 * (i + 1) - GRAIN_MS);
    });
  });

  it('keeps the order of time for requests that arrive while it lags', async () => {
    const { answer } = run(0.5);
    const tokens = await Promise.all(Array.from({ length: 50 }, (_, i) => answer(2 + (i % 9))));
    expect(tokens.flat().length).toBe(
      50 * 2 + Array.from({ length: 50 }, (_, i) => i % 9).reduce((a, b) => a + b, 0),
    );
  });

  it('makes a pause of the process a pause of its requests, but for 50 ms', async () => {
    const pauseMs = 150;
    const times = await run(5).answer(40, (n) => {
      // Blocks the loop, as a starved machine does: that is what is tested.
      if (n === 3) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    });
    expect(times.at(-1)).toBeGreaterThan(40 * 5 + pauseMs - 50 - 5 - GRAIN_MS);
  });

  it('says nothing after it was stopped', async () => {
    const { pacer, answer } = run(5);
    let told = 0;
    answer(100, (n) => {
      told = n;
      if (n === 2) pacer.stop();
    }).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 45));
    expect(told).toBe(2);
  });
});
