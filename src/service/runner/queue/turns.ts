/**
 * Whose turn is it? One search per target at a time, a bounded number in all, first come first served
 * among those whose target is free. Pure bookkeeping: starting and stopping is the caller's work.
 */
import type { CourseKind } from '../../../core/search/spec.ts';

export interface Turn {
  readonly id: string;
  readonly kind: CourseKind;
  readonly targetKey: string;
  readonly questionHash: string;
}

export interface Turns<T extends Turn> {
  add(turn: T): void;
  get(id: string): T | undefined;
  isRunning(id: string): boolean;
  /** Those that may start now, in order; they count as running from here on. */
  takeDue(): readonly T[];
  /** Ended, or gone from the queue. */
  remove(id: string): void;
  /** Running or waiting on that target, the running one first. */
  onTarget(targetKey: string): readonly T[];
  /** Would a search on that target start at once? */
  isFree(targetKey: string): boolean;
  waiting(): readonly T[];
  running(): readonly T[];
}

export function createTurns<T extends Turn>(maxRunning: number): Turns<T> {
  const waiting = new Map<string, T>();
  const running = new Map<string, T>();

  const isLoaded = (targetKey: string): boolean =>
    [...running.values()].some((turn) => turn.targetKey === targetKey);
  const onTarget = (targetKey: string): T[] =>
    [...running.values(), ...waiting.values()].filter((turn) => turn.targetKey === targetKey);

  return {
    add: (turn) => void waiting.set(turn.id, turn),
    get: (id) => running.get(id) ?? waiting.get(id),
    isRunning: (id) => running.has(id),
    takeDue() {
      const due: T[] = [];
      for (const turn of waiting.values()) {
        if (running.size >= maxRunning) break;
        if (isLoaded(turn.targetKey)) continue;
        waiting.delete(turn.id);
        running.set(turn.id, turn);
        due.push(turn);
      }
      return due;
    },
    remove(id) {
      waiting.delete(id);
      running.delete(id);
    },
    onTarget,
    isFree: (targetKey) => running.size < maxRunning && onTarget(targetKey).length === 0,
    waiting: () => [...waiting.values()],
    running: () => [...running.values()],
  };
}
