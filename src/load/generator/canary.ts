/**
 * Receives the canary: the time from the write of each sample to the moment this event loop reads it is
 * the error that a token of a real stream would have had just then. It is read as tokens are, into a
 * buffer that stays.
 *
 * A machine that stops the whole process (a CPU quota, a busy hypervisor, SIGSTOP) stops the canary's
 * thread too, so the samples that would have been late are never written. The loop's own tick finds such
 * a stall when it is over, and counts the samples that are missing from it.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

export interface Canary {
  stop(): Promise<void>;
}

const CANARY_PERIOD_MS = 5;
const SAMPLE_BYTES = 8;
/** Samples of a second and a half; more than that have waited longer than any bound allows. */
const READ_SAMPLES = 256;
const NS_PER_MS = 1_000_000;
/** Of one stall: fifty seconds. By then every sample of the window is late. */
const MAX_MISSING = 10_000;

/** Resolves when the canary runs: a sample has arrived. */
export async function startCanary(onSample: (latenessMs: number) => void): Promise<Canary> {
  const thread = new Worker(new URL('./canary-thread.ts', import.meta.url), {
    workerData: { periodMs: CANARY_PERIOD_MS },
  });
  const [port]: number[] = await once(thread, 'message');
  if (port === undefined) throw new Error('the canary has no port');
  let socket: Socket | undefined;
  const stalls = createStallWatch(CANARY_PERIOD_MS, onSample);
  await new Promise<void>((resolve, reject) => {
    thread.once('error', reject);
    socket = readSamples(port, (latenessMs) => {
      resolve();
      stalls.onRead();
      onSample(latenessMs);
    }).on('error', reject);
  });
  stalls.tick(performance.now());
  const timer = setInterval(() => stalls.tick(performance.now()), CANARY_PERIOD_MS);
  return {
    async stop() {
      clearInterval(timer);
      socket?.destroy();
      await thread.terminate();
    },
  };
}

export interface StallWatch {
  /** A sample was read. */
  onRead(): void;
  /** The loop has a turn for its timers. */
  tick(nowMs: number): void;
}

/**
 * One sample is due each period. Between two ticks as many must have been read, whether late or not; for
 * those that were not, the lateness that they would have had is told, the longest first.
 */
export function createStallWatch(
  periodMs: number,
  onMissing: (latenessMs: number) => void,
): StallWatch {
  let lastMs = Number.NaN;
  let read = 0;
  return {
    onRead() {
      read += 1;
    },
    tick(nowMs) {
      const gapMs = nowMs - lastMs;
      // Less by one: the sample of the last period may be on its way.
      const missing = Math.min(MAX_MISSING, Math.floor(gapMs / periodMs) - 1 - read);
      for (let k = 1; k <= missing; k++) onMissing(gapMs - k * periodMs);
      lastMs = nowMs;
      read = 0;
    },
  };
}

function readSamples(port: number, onSample: (latenessMs: number) => void): Socket {
  const buffer = Buffer.alloc(READ_SAMPLES * SAMPLE_BYTES);
  /** One sample, and how much of it is there: a read may end within one. */
  const sample = Buffer.alloc(SAMPLE_BYTES);
  let filled = 0;
  return connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: {
      buffer,
      callback(length) {
        const now = process.hrtime.bigint();
        for (let at = 0; at < length; at++) {
          sample[filled++] = buffer[at] ?? 0;
          if (filled < SAMPLE_BYTES) continue;
          filled = 0;
          onSample(Number(now - sample.readBigUInt64LE()) / NS_PER_MS);
        }
        return true;
      },
    },
  });
}
