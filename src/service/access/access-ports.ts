/** What the runner and the HTTP face ask of this room, and what they get when nobody has set it up. */
import { type Audit, NO_AUDIT } from './audit.ts';
import type { KillSwitch } from './kill-switch.ts';
import { NO_OPERATOR, type Operator } from './operator.ts';

export interface AccessPorts {
  /** As the operator's file says it now: it may be read again while the service runs. */
  readonly operator: () => Operator;
  readonly killSwitch: Pick<KillSwitch, 'state' | 'onEngaged'>;
  readonly audit: Audit;
}

/** Loopback targets only, no keys, nothing to kill with: tests and embedded runs. */
export const BARE_ACCESS: AccessPorts = {
  operator: () => NO_OPERATOR,
  killSwitch: { state: () => undefined, onEngaged: () => undefined },
  audit: NO_AUDIT,
};
