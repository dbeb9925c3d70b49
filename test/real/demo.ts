/**
 * `npm run test:demo`: the README's first command to its end. Its answer must lie around the truth that it
 * prints itself; on a machine too busy to measure it must say so instead. Under two minutes on two cores.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TIMEOUT_MS = 300_000;
const MAX_OUTPUT_BYTES = 64 * 1_024 * 1_024;
/** The bracket is wrong in a few of a hundred runs, by this share hardly ever. */
const TOLERANCE = 1.05;

const answerSchema = z.looseObject({
  state: z.string(),
  summary: z.looseObject({
    reason: z.string().nullable(),
    capacity_at_least: z.number(),
    capacity_below: z.number().nullable(),
  }),
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function runDemo(): Promise<Ended> {
  const options = { cwd: ROOT, timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES };
  return new Promise((resolve) => {
    execFile('npm', ['run', '--silent', 'demo'], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}

/** What is wrong with it; undefined: nothing. */
function faultOf({ code, stdout, stderr }: Ended): string | undefined {
  const parsed = answerSchema.safeParse(jsonOf(stdout));
  if (!parsed.success) return `it ended with ${code} and no answer`;
  const { summary, state } = parsed.data;
  if (summary.reason === 'client_limited') {
    return code === 4 ? undefined : `client_limited, but it ended with ${code}`;
  }
  if (code !== 0 || state !== 'done') return `it ended with ${code}, ${state}`;
  const truth = Number(/Truth of the simulated server: it carries (\d+)/.exec(stderr)?.[1]);
  if (!(truth > 0)) return 'it told no truth';
  const { capacity_at_least: lower, capacity_below: upper } = summary;
  if (lower <= 0 || lower > truth * TOLERANCE) return `at least ${lower}, where ${truth} is true`;
  if (upper !== null && upper < truth / TOLERANCE) return `${upper} fails, where ${truth} is true`;
  return undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const ended = await runDemo();
process.stdout.write(`${ended.stderr.trim().split('\n').slice(-2).join('\n')}\n`);
const fault = faultOf(ended);
if (fault !== undefined) process.stdout.write(`not ok: ${fault}\n${ended.stderr}\n`);
process.stdout.write(fault === undefined ? '1 passed, 0 failed\n' : '0 passed, 1 failed\n');
process.exitCode = fault === undefined ? 0 : 1;
