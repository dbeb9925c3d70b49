/** `--minutes N`: one generator at half of what it carries, for so long: does memory, cost or error grow? */
import { burst, openGenerators, seenOf } from './clients.ts';
import { timingErrors } from './errors.ts';
import type { BenchTarget } from './processes.ts';
import { load, round } from './rows.ts';

const STREAMS = 1_024;
const CHUNKS_PER_SECOND = 25;
const WINDOW_MS = 10_000;
const MS_PER_MINUTE = 60_000;
const BYTES_PER_MB = 1_048_576;

interface SoakWindow {
  readonly minute: number;
  readonly rss_mb: number;
  readonly cpu_us_per_chunk: number;
  readonly late_1ms_ratio: number;
  readonly canary_ms_p99: number | null;
  readonly requests: number;
  readonly failed: number;
}

export async function soak(target: BenchTarget, minutes: number): Promise<unknown> {
  const asked = load(STREAMS, CHUNKS_PER_SECOND, WINDOW_MS);
  await target.plan(asked);
  const generators = await openGenerators(target.port, 1);
  const windows: SoakWindow[] = [];
  try {
    const startMs = performance.now();
    let ramp = { rampMs: asked.rampMs, settleMs: asked.settleMs };
    while (performance.now() - startMs < minutes * MS_PER_MINUTE) {
      const seen = await burst(generators, STREAMS, { ...ramp, windowMs: WINDOW_MS }, () =>
        target.start(),
      );
      ramp = { rampMs: 0, settleMs: 0 };
      const errors = timingErrors(
        await target.times(),
        seenOf(seen.records),
        seen.fromMs,
        seen.toMs,
      );
      const health = seen.replies[0]?.health;
      if (health === undefined) throw new Error('the generator said nothing');
      const cpuUs = health.cpuRatio * (seen.toMs - seen.fromMs) * 1_000;
      const window = {
        minute: round((performance.now() - startMs) / MS_PER_MINUTE, 2),
        rss_mb: round(health.rssBytes / BYTES_PER_MB, 1),
        cpu_us_per_chunk: round(cpuUs / errors.chunksSent, 2),
        late_1ms_ratio: round(errors.late1msRatio, 4),
        canary_ms_p99: health.canaryLateMsP99 ?? null,
        requests: seen.records.count,
        failed: seen.records.outcome.subarray(0, seen.records.count).filter((at) => at > 1).length,
      };
      console.error(window);
      windows.push(window);
    }
  } finally {
    await Promise.all(generators.map((generator) => generator.close()));
  }
  return { minutes, rss_mb_per_minute_second_half: slope(windows), windows };
}

/** Least squares over the second half: by then everything that is filled once has been filled. */
function slope(windows: readonly SoakWindow[]): number {
  const half = windows.slice(windows.length >> 1);
  const mean = (of: (window: SoakWindow) => number): number =>
    half.reduce((sum, window) => sum + of(window), 0) / half.length;
  const minute = mean((window) => window.minute);
  const rss = mean((window) => window.rss_mb);
  const spread = mean((window) => (window.minute - minute) ** 2);
  const joint = mean((window) => (window.minute - minute) * (window.rss_mb - rss));
  return round(joint / spread, 2);
}
