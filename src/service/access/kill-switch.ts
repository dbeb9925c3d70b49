/**
 * The kill switch: as long as a file of this name lies in the data folder, nothing is loaded. A call or a
 * signal puts it there, `touch` does too, and it stays through restarts until somebody releases it. When
 * the file cannot be written (disk full) load stops all the same.
 */
import { existsSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';

export interface KillState {
  readonly sinceMs: number;
  readonly by: string;
  readonly reason: string;
  /** False when only this process knows: a restart would forget it. */
  readonly survivesRestart: boolean;
}

export interface KillSwitch {
  /** Undefined while load is allowed. */
  state(): KillState | undefined;
  /** Load has been told to stop when it returns the promise; it resolves when the file is written. */
  engage(by: string, reason: string): Promise<KillState>;
  release(): Promise<void>;
  /** Called at once whenever it is engaged. */
  onEngaged(listener: (state: KillState) => void): void;
  /** Looks at the file from now on; ends with the signal. */
  watch(signal: AbortSignal): void;
}

export interface KillSwitchParts {
  readonly file: string;
  readonly wallMs: () => number;
  readonly onError: (error: unknown) => void;
}

/** Load stops within a second: a look, and what a cancelled search takes. */
const LOOK_EVERY_MS = 200;
/** What a person wrote into the file by hand is shown no further than this. */
const MAX_REASON_CHARS = 200;

export function createKillSwitch({ file, wallMs, onError }: KillSwitchParts): KillSwitch {
  const listeners: ((state: KillState) => void)[] = [];
  let state = existsSync(file) ? readState() : undefined;

  function readState(): KillState {
    const found = { sinceMs: wallMs(), by: 'file', reason: '', survivesRestart: true };
    try {
      const text = readFileSync(file, 'utf8').slice(0, 10 * MAX_REASON_CHARS);
      const { since, by, reason } = Object(JSON.parse(text));
      if (typeof by !== 'string' || typeof reason !== 'string') return found;
      const sinceMs = Date.parse(String(since));
      return { ...found, by, reason, sinceMs: Number.isNaN(sinceMs) ? found.sinceMs : sinceMs };
    } catch {
      // Somebody's own file, empty or not: it says what it says by lying there.
      return found;
    }
  }
  function turnOn(next: KillState): void {
    state = next;
    for (const listener of listeners) listener(next);
  }
  function look(): void {
    const lies = existsSync(file);
    if (lies && state === undefined) turnOn(readState());
    // One that could not be written was never there to be taken away.
    else if (!lies && state?.survivesRestart === true) state = undefined;
  }

  return {
    state: () => state,
    async engage(by, given) {
      const reason = given.slice(0, MAX_REASON_CHARS);
      const engaged = { sinceMs: wallMs(), by, reason, survivesRestart: false };
      turnOn(engaged);
      try {
        const since = new Date(engaged.sinceMs).toISOString();
        await writeFile(file, `${JSON.stringify({ since, by, reason })}\n`, { flush: true });
        // Released in the meantime: then the file must go, too.
        if (state === undefined) await rm(file, { force: true });
        else state = { ...engaged, survivesRestart: true };
      } catch (error) {
        onError(error);
      }
      return state ?? engaged;
    },
    async release() {
      await rm(file, { force: true });
      state = undefined;
    },
    onEngaged: (listener) => void listeners.push(listener),
    watch(signal) {
      const timer = setInterval(look, LOOK_EVERY_MS);
      timer.unref();
      signal.addEventListener('abort', () => clearInterval(timer), { once: true });
    },
  };
}
