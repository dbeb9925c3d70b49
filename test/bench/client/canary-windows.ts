/**
 * `--canary`: windows of a second whose errors are known from the target's stamps, in conditions from
 * quiet to overloaded, and what the client's self-measurement made of each. The thresholds of
 * `core/probe/validity.ts` are held against windows that they were not chosen on. What else runs on
 * the machine is a condition too.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { GeneratorProcess } from '../../../src/load/generator-process.ts';
import { mergeHealth } from '../../../src/load/merge-health.ts';
import { burst, type Load, openGenerators, seenOf } from './clients.ts';
import { timingErrors } from './errors.ts';
import type { BenchTarget } from './processes.ts';
import { load } from './rows.ts';
import { type KnownWindow, rulesOnWindows, signalScores } from './window-scores.ts';

interface Condition {
  readonly name: string;
  readonly asked: Load;
  /** The whole generator stands still for so long, every so often. */
  readonly stop?: { readonly everyMs: number; readonly forMs: number };
}

const WINDOW_MS = 1_000;
const WINDOWS = 8;

const at = (streams: number, rate: number): Load => load(streams, rate, WINDOW_MS);
const CONDITIONS: readonly Condition[] = [
  { name: '256 x 50/s', asked: at(256, 50) },
  { name: '1,024 x 25/s', asked: at(1_024, 25) },
  { name: '256 x 25/s together', asked: { ...at(256, 25), together: true } },
  { name: '1,024 x 25/s together', asked: { ...at(1_024, 25), together: true } },
  { name: '256 x 150/s', asked: at(256, 150) },
  { name: '256 x 250/s', asked: at(256, 250) },
  { name: 'stopped 5 ms in 100', asked: at(256, 50), stop: { everyMs: 100, forMs: 5 } },
  { name: 'stopped 25 ms in 500', asked: at(256, 50), stop: { everyMs: 500, forMs: 25 } },
  { name: 'stopped 60 ms in 1,000', asked: at(256, 50), stop: { everyMs: 1_000, forMs: 60 } },
];

export async function canaryWindows(target: BenchTarget, quick: boolean): Promise<unknown> {
  const windows: KnownWindow[] = [];
  for (const condition of CONDITIONS) {
    windows.push(...(await windowsOf(target, condition, quick ? WINDOWS >> 1 : WINDOWS)));
  }
  const result = { signals: signalScores(windows), rules: rulesOnWindows(windows) };
  console.error(JSON.stringify(result, undefined, 1));
  return {
    ...result,
    windows: windows.map(({ errorsMs: _, ...window }) => window),
  };
}

async function windowsOf(
  target: BenchTarget,
  { name, asked, stop }: Condition,
  count: number,
): Promise<KnownWindow[]> {
  await target.plan(asked);
  const generators = await openGenerators(target.port, 1);
  const windows: KnownWindow[] = [];
  const stopping = new AbortController();
  try {
    await burst(generators, asked.streams, { ...asked, windowMs: 0 });
    const [generator] = generators;
    const stopped =
      stop === undefined || generator === undefined
        ? undefined
        : stopAndGo(generator, stop, stopping.signal);
    for (let i = 0; i < count; i++) {
      const span = { rampMs: 0, settleMs: 0, windowMs: WINDOW_MS };
      const seen = await burst(generators, asked.streams, span, () => target.start());
      const errors = timingErrors(
        await target.times(),
        seenOf(seen.records),
        seen.fromMs,
        seen.toMs,
      );
      const window = {
        condition: name,
        health: mergeHealth(seen.replies.map((reply) => reply.health)),
        requests: seen.records.count,
        errorsMs: errors.allMs,
        errorMsP99: errors.all.p99,
        firstMsP99: errors.first.p99,
      };
      windows.push(window);
      const { canaryLateRatio = 0, canaryLateMsP99 = 0 } = window.health;
      console.error(
        `${name.padEnd(22)} error p99 ${window.errorMsP99.toFixed(2)} ms  canary p99 ${canaryLateMsP99.toFixed(2)} ms  late ${(100 * canaryLateRatio).toFixed(1)} %`,
      );
    }
    stopping.abort();
    await stopped;
  } finally {
    stopping.abort();
    await Promise.all(generators.map((generator) => generator.close()));
  }
  return windows;
}

async function stopAndGo(
  { pid }: GeneratorProcess,
  { everyMs, forMs }: { readonly everyMs: number; readonly forMs: number },
  signal: AbortSignal,
): Promise<void> {
  if (pid === undefined) return;
  while (!signal.aborted) {
    await sleep(everyMs - forMs);
    process.kill(pid, 'SIGSTOP');
    await sleep(forMs);
    process.kill(pid, 'SIGCONT');
  }
}
