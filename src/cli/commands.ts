/**
 * The commands by name. Each is loaded when it is called: `plimsoll --help` must not wait for the
 * controller, the store and the HTTP stack.
 */
import type { Command } from './args/command.ts';

interface Entry {
  readonly about: string;
  load(): Promise<{ readonly command: Command }>;
}

export const COMMANDS: Readonly<Record<string, Entry>> = {
  search: {
    about: 'the largest load within an SLO',
    load: () => import('./commands/search.ts'),
  },
  gate: {
    about: 'does it carry at least N? pass, fail or inconclusive',
    load: () => import('./commands/gate.ts'),
  },
  check: {
    about: 'all faults of a question, or its price; no load',
    load: () => import('./commands/check.ts'),
  },
  report: {
    about: 'the answer of an earlier search, in any form',
    load: () => import('./commands/report.ts'),
  },
  serve: {
    about: 'the service: API, live page, queue',
    load: () => import('./commands/serve.ts'),
  },
  worker: {
    about: 'load for a service from another machine',
    load: () => import('./commands/worker.ts'),
  },
  demo: {
    about: 'simulated server, search and truth in under two minutes',
    load: () => import('./commands/demo.ts'),
  },
  keys: {
    about: 'a key for a caller of the service',
    load: () => import('./commands/keys.ts'),
  },
  backup: {
    about: 'a copy of the store, also while the service runs',
    load: () => import('./commands/backup.ts'),
  },
  prune: {
    about: 'what is too old goes from the store now',
    load: () => import('./commands/prune.ts'),
  },
  sim: {
    about: 'a simulated inference server',
    load: () => import('./commands/sim.ts'),
  },
  replay: {
    about: 'a stored search decided again',
    load: () => import('./commands/replay.ts'),
  },
};
