/**
 * Who may do what, put together for the service: the operator's file, callers, audit and kill switch, and
 * the signals by which an operator on this machine speaks: SIGHUP reads the file again, SIGUSR2 kills.
 */
import { join } from 'node:path';
import type { Logger } from 'pino';
import { openAuditFile } from './audit-file.ts';
import type { Config } from './config.ts';
import { err, ok, type Result } from './core/base/result.ts';
import { openOperatorSource } from './operator-source.ts';
import { type Audit, boundRefusals } from './service/access/audit.ts';
import { accountOf, createIdentifyCaller } from './service/access/identify-caller.ts';
import { createKillSwitch, type KillSwitch } from './service/access/kill-switch.ts';
import { needsCredentials, type Operator } from './service/access/operator.ts';
import { createTokenVerifier } from './service/access/token.ts';
import { isLoopbackHost } from './service/http/guard-origin.ts';
import type { HttpAccess } from './service/http/ports.ts';

const AUDIT_FILE = 'audit.log';
const KILL_FILE = 'KILL';

export interface OpenedAccess {
  readonly operator: () => Operator;
  readonly killSwitch: KillSwitch;
  readonly audit: Audit;
  readonly identify: HttpAccess['identify'];
  /** Listens to the operator's signals until the service stops. */
  listen(signal: AbortSignal): void;
}

export function openAccess(config: Config, log: Logger): Result<OpenedAccess, string> {
  const source = openOperatorSource(config.operatorFile);
  if (!source.ok) return source;
  const { current, reload } = source.value;
  if (!isLoopbackHost(config.host) && !needsCredentials(current())) {
    return err(
      `PLIMSOLL_HOST is ${config.host}: this service can load whatever it is pointed at, and no key or ` +
        'issuer is named in PLIMSOLL_OPERATOR_FILE, so it binds to loopback only (127.0.0.1, ::1 or ' +
        'localhost). `plimsoll keys` makes a key.',
    );
  }
  const file = openAuditFile(join(config.dataDir, AUDIT_FILE), (error) =>
    log.error({ err: error }, 'the audit file cannot be written'),
  );
  const audit = boundRefusals(file, () => performance.now(), accountOf);
  const killSwitch = createKillSwitch({
    file: join(config.dataDir, KILL_FILE),
    wallMs: Date.now,
    onError: (error) => log.error({ err: error }, 'the kill switch cannot be written'),
  });
  killSwitch.onEngaged(({ by, reason }) => {
    log.warn({ by, reason }, 'the kill switch is on');
    audit.record({ action: 'kill_switch', outcome: 'engaged', who: by, detail: reason });
  });
  const readAgain = (): void => {
    file.reopen();
    const read = reload();
    if (read.ok) log.info('the operator file was read again');
    else log.error(`the operator file stays as it was: ${read.error}`);
    const outcome = read.ok ? 'accepted' : 'kept';
    audit.record({ action: 'operator_file.reload', outcome, who: 'SIGHUP' });
  };
  const kill = (): void => void killSwitch.engage('SIGUSR2', '');
  return ok({
    operator: current,
    killSwitch,
    audit,
    identify: createIdentifyCaller(current, createTokenVerifier(), Date.now),
    listen(signal) {
      killSwitch.watch(signal);
      process.on('SIGHUP', readAgain);
      process.on('SIGUSR2', kill);
    },
  });
}
