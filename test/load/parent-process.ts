/** A service in small: opens a session and loads the target until it is killed. */
import { createLocalLoad } from '../../src/load/local-load.ts';
import { planOf } from './one-sender.ts';

const signal = new AbortController().signal;
const plan = planOf({ baseUrl: `http://127.0.0.1:${process.argv[2]}/v1` });
const session = await createLocalLoad().open(plan, signal);
await session.burst(
  { probe: 0, load: 4, rampMs: 0, settleMs: 0, windowMs: 60_000, lookEveryMs: 100 },
  () => 'continue',
  signal,
);
