/** What handlers and guards leave for the audit line of a call. */
import type { Need } from './scopes.ts';

export interface CallNotes {
  readonly action?: string;
  readonly need?: Need;
  readonly code?: string;
  /** What was wrong, in short. */
  readonly detail?: string;
  readonly target?: string;
  readonly searchId?: string;
  /** Nothing was started: it was known under its key. */
  readonly isReplay?: boolean;
}
