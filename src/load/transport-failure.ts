/**
 * Names what a connection did: refused, reset, no TLS, no name, or not HTTP. The error codes are
 * Node's, OpenSSL's and undici's; anything unknown is a reset, because the answer did not come.
 */
import type { Outcome } from '../core/metrics/request-columns.ts';

export interface FailureContext {
  /** The request was written, so the connection stood. */
  readonly sent: boolean;
  /** A byte of the answer came. */
  readonly answered: boolean;
  /** The connection had served a request before. */
  readonly reused: boolean;
  readonly tls: boolean;
}

const OUTCOME_OF_CODE: ReadonlyMap<string, Outcome> = new Map([
  ['ECONNREFUSED', 'refused'],
  ['EHOSTUNREACH', 'refused'],
  ['ENETUNREACH', 'refused'],
  ['ENOTFOUND', 'dns_error'],
  ['EAI_AGAIN', 'dns_error'],
  ['EAI_FAIL', 'dns_error'],
  ['ETIMEDOUT', 'connect_timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'connect_timeout'],
  ['UND_ERR_HEADERS_TIMEOUT', 'first_token_timeout'],
  ['UND_ERR_BODY_TIMEOUT', 'idle_timeout'],
  // No port or file handle left on this side: the request was never sent, and that is our fault.
  ['EADDRNOTAVAIL', 'unsent'],
  ['EMFILE', 'unsent'],
  ['ENFILE', 'unsent'],
  ['ENOBUFS', 'unsent'],
  ['UND_ERR_HEADERS_OVERFLOW', 'malformed'],
  ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'malformed'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'malformed'],
  ['EPROTO', 'tls_error'],
]);

/** The bytes are not HTTP. undici's error has a name, and only for some causes a code. */
const PARSE_ERROR_NAME = 'HTTPParserError';
const TLS_ERROR = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH)/;

export function outcomeOfFailure(error: unknown, context: FailureContext): Outcome {
  const code = codeOf(error);
  const known = OUTCOME_OF_CODE.get(code);
  if (known !== undefined) return known;
  if (error instanceof Error && error.name === PARSE_ERROR_NAME) return 'malformed';
  if (TLS_ERROR.test(code)) return 'tls_error';
  if (!context.sent && context.tls) return 'tls_error';
  return context.reused && !context.answered ? 'stale_connection' : 'reset';
}

/** The first code along the chain of causes; an empty text when there is none. */
export function codeOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < MAX_CAUSES; depth++) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    at = at instanceof AggregateError ? (at.errors[0] ?? at.cause) : at.cause;
  }
  return '';
}

const MAX_CAUSES = 8;
