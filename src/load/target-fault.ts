/**
 * Why a target cannot be loaded, each cause by a stable name: a search of a target that is down, or is
 * no inference server, ends at once with the cause and not after its whole budget.
 */
import { errorMessageInBody } from '../core/dialect/error-message.ts';
import type { Outcome } from '../core/metrics/request-columns.ts';
import { codeOf, outcomeOfFailure } from './transport-failure.ts';

export const TARGET_FAULT_REASONS = [
  'target_refused',
  'target_reset',
  'target_dns_error',
  'target_tls_error',
  'target_timeout',
  'target_redirects',
  'target_unauthorized',
  'target_not_found',
  'target_rejects',
  'target_client_error',
  'target_server_error',
  'target_not_an_api',
  'target_garbage_stream',
  'target_stream_error',
  'target_truncated',
  'target_without_models',
  'target_with_many_models',
  'target_garbage_answer',
  'dialect_unknown',
  'tokenizer_unusable',
  'cache_reset_failed',
] as const;
export type TargetFaultReason = (typeof TARGET_FAULT_REASONS)[number];

export interface TargetFault {
  readonly reason: TargetFaultReason;
  /** One sentence for people. */
  readonly detail: string;
}

/** Carries a fault through a library that only knows exceptions. */
export class TargetFaultError extends Error {
  override readonly name = 'TargetFaultError';
  readonly fault: TargetFault;

  constructor(fault: TargetFault) {
    super(fault.detail);
    this.fault = fault;
  }
}

const REASON_OF_OUTCOME: Readonly<Partial<Record<Outcome, TargetFaultReason>>> = {
  refused: 'target_refused',
  dns_error: 'target_dns_error',
  tls_error: 'target_tls_error',
  connect_timeout: 'target_timeout',
  first_token_timeout: 'target_timeout',
  idle_timeout: 'target_timeout',
  malformed: 'target_not_an_api',
};

/** Of an answer that is no success, or of a page where an API was expected. */
export function faultOfStatus(status: number, body: string): TargetFault {
  const words = errorMessageInBody(body);
  const said = words === undefined ? '' : `: ${words}`;
  return { reason: reasonOfStatus(status), detail: `the target answered HTTP ${status}${said}` };
}

function reasonOfStatus(status: number): TargetFaultReason {
  if (status < 300) return 'target_not_an_api';
  if (status < 400) return 'target_redirects';
  if (status === 401 || status === 403) return 'target_unauthorized';
  if (status === 404) return 'target_not_found';
  if (status === 429 || status === 503 || status === 529) return 'target_rejects';
  return status < 500 ? 'target_client_error' : 'target_server_error';
}

/** Of whatever was thrown on the way to an answer. */
export function faultOfError(error: unknown, tls: boolean): TargetFault {
  for (let at = error, depth = 0; at instanceof Error && depth < MAX_CAUSES; depth++) {
    if (at instanceof TargetFaultError) return at.fault;
    if (at.name === 'TimeoutError' || at.name === 'APIConnectionTimeoutError') {
      return { reason: 'target_timeout', detail: 'the target did not answer in time' };
    }
    if (at instanceof SyntaxError) {
      return { reason: 'target_not_an_api', detail: `the answer is no JSON: ${at.message}` };
    }
    at = at.cause;
  }
  const code = codeOf(error);
  const outcome = outcomeOfFailure(error, {
    sent: code === '',
    answered: false,
    reused: false,
    tls,
  });
  const words = error instanceof Error ? error.message : String(error);
  return {
    reason: REASON_OF_OUTCOME[outcome] ?? 'target_reset',
    detail: `the target cannot be reached (${code === '' ? words : code})`,
  };
}

const MAX_CAUSES = 8;
