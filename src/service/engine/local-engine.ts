/**
 * Bursts on this machine: generator processes beside the service; and what every engine does. It keeps the sessions that are
 * open, so that a stop of the service ends every one of them, whatever their owners are doing.
 */
import { assert } from '../../core/base/result.ts';
import type { Question } from '../../core/policy/question.ts';
import type { LoadPort, LoadSession } from '../../load/port.ts';
import type { Engine } from './engine-port.ts';

export interface EngineParts {
  readonly load: LoadPort;
  readonly check: Engine['check'];
  readonly readFiles?: Engine['readFiles'];
  readonly resetCache?: Engine['resetCache'];
  readonly dataFolder?: string | undefined;
}

interface LocalEngineParts extends EngineParts {
  /** Cores that this process may use (`os.availableParallelism()`). */
  readonly cores: number;
}

/** A search keeps about two cores busy: its generators and, on loopback, its target. */
const CORES_PER_SEARCH = 2;
/** More generators than this on one machine only take each other's turns. */
const MAX_GENERATORS = 8;

export function createLocalEngine({ cores, load, ...parts }: LocalEngineParts): Engine {
  const maxGenerators = Math.max(2, Math.min(MAX_GENERATORS, cores));
  return createEngine(
    {
      ...parts,
      load: {
        async open(plan, signal) {
          assert(plan.generators <= maxGenerators, 'generators within bounds');
          return load.open(plan, signal);
        },
      },
    },
    { maxSearches: Math.max(1, Math.floor(cores / CORES_PER_SEARCH)), maxGenerators },
  );
}

/** Over any load port. What `bounds` says may change while it runs. */
export function createEngine(
  { load, check, readFiles, resetCache, dataFolder }: EngineParts,
  bounds: Pick<Engine, 'maxSearches' | 'maxGenerators'>,
): Engine {
  const open = new Set<LoadSession>();
  const stopped = new AbortController();
  let opening = 0;

  const orStopped = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, stopped.signal]);

  /** Forgets the session once it is closed, by whomever. */
  function keep(session: LoadSession): LoadSession {
    const kept: LoadSession = {
      burst: (plan, onLook, signal) => session.burst(plan, onLook, orStopped(signal)),
      ...(session.drain !== undefined && {
        drain: (signal: AbortSignal) => session.drain?.(orStopped(signal)) ?? Promise.resolve(),
      }),
      async close() {
        try {
          await session.close();
        } finally {
          open.delete(kept);
        }
      },
    };
    open.add(kept);
    return kept;
  }

  return {
    maxSearches: bounds.maxSearches,
    get maxGenerators() {
      return bounds.maxGenerators;
    },
    check: (target, signal) => check(target, orStopped(signal)),
    ...(readFiles !== undefined && {
      readFiles: (question: Question, signal: AbortSignal) =>
        readFiles(question, orStopped(signal)),
    }),
    ...(resetCache !== undefined && { resetCache }),
    ...(dataFolder !== undefined && { dataFolder }),
    async open(plan, signal) {
      stopped.signal.throwIfAborted();
      assert(plan.generators >= 1, 'generators within bounds');
      assert(open.size + opening < bounds.maxSearches, 'more sessions than the machine bears');
      opening += 1;
      let session: LoadSession;
      try {
        session = keep(await load.open(plan, orStopped(signal)));
      } finally {
        opening -= 1;
      }
      if (stopped.signal.aborted) await session.close();
      stopped.signal.throwIfAborted();
      return session;
    },
    async stop() {
      stopped.abort(new Error('the engine has stopped'));
      await Promise.all([...open].map((session) => session.close()));
    },
  };
}
