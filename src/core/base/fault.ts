/**
 * A fault: one thing wrong with what a person or a program gave us. Validation returns all of them
 * at once, so every checker returns `Fault[]` and nobody stops at the first.
 */
export interface Fault {
  /** JSON pointer (RFC 6901) into the body, or `query:name`, `header:name`, `env:NAME`. */
  readonly pointer: string;
  /** Stable machine name, e.g. `unknown_key`, `wrong_type`, `slo_unknown_metric`. */
  readonly code: string;
  /** What would have been right, in words. */
  readonly expected: string;
  /** What came, shortened to a printable text. */
  readonly received: string;
  /** 1-based place inside a text value (an SLO expression, a policy file). */
  readonly line?: number;
  readonly column?: number;
}
