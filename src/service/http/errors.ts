/**
 * Every problem that the API can answer with: its stable code, status and title, in one place. The
 * code is part of `openapi.yaml`; a caller may switch on it, so a code is never renamed.
 */
export const PROBLEMS = {
  invalid_request: {
    status: 400,
    title: 'The request is not valid',
    detail:
      'Nothing was started. `errors` lists everything that is wrong with body, query and headers.',
  },
  unauthenticated: {
    status: 401,
    title: 'The caller is not known',
    detail: 'Send `Authorization: Bearer` with a key or an identity token.',
  },
  scope_missing: {
    status: 403,
    title: 'The caller may not do this',
    detail: 'The route needs a scope that this key or token does not have.',
  },
  cross_origin: {
    status: 403,
    title: 'Requests from other web origins are refused',
    detail: 'A web page of another origin must not start or stop load.',
  },
  route_not_found: {
    status: 404,
    title: 'There is no such route',
    detail: '`GET /openapi.json` lists the routes of this service.',
  },
  search_not_found: {
    status: 404,
    title: 'There is no such search',
    detail: 'The id is unknown here; `GET /v1/searches` lists the searches.',
  },
  gate_not_found: {
    status: 404,
    title: 'There is no such gate',
    detail: 'The id is unknown here; `GET /v1/gates` lists the gates.',
  },
  hook_not_found: {
    status: 404,
    title: 'There is no such hook',
    detail: 'The token or id is unknown here. `POST /v1/hooks` makes a hook.',
  },
  policy_not_found: {
    status: 404,
    title: 'There is no such policy',
    detail: '`GET /v1/policies` lists the policies.',
  },
  method_not_allowed: {
    status: 405,
    title: 'The route does not know this method',
    detail: 'The `Allow` header lists the methods of this route.',
  },
  search_running: {
    status: 409,
    title: 'The search has not ended yet',
    detail: 'Asked for by `?pending=409`. Repeat the same call after `Retry-After` seconds.',
  },
  target_busy: {
    status: 409,
    title: 'Another search loads this target',
    detail:
      'One search at a time loads a target. `search_id` names it; `on_busy` can queue or join.',
  },
  not_acceptable: {
    status: 406,
    title: 'The report is not made in such a format',
    detail: 'Ask for one of the formats by `?format=`, or for its media type by `Accept`.',
  },
  gate_failed: {
    status: 412,
    title: 'The target does not carry the load',
    detail: '`search_id` names the gate.',
  },
  gate_passed: {
    status: 412,
    title: 'The target carries the load, and the call asked for another verdict',
    detail: '`search_id` names the gate.',
  },
  records_gone: {
    status: 410,
    title: 'The raw records are not kept any more',
    detail: 'Raw records are kept for a shorter time than results.',
  },
  body_too_large: {
    status: 413,
    title: 'The body is too large',
    detail: 'A body may have 262,144 bytes.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body is not of a supported type',
    detail: 'Send `Content-Type: application/json`, UTF-8, without a content encoding.',
  },
  misdirected_request: {
    status: 421,
    title: 'The service does not answer for this host name',
    detail: 'Without keys it answers only to loopback names, so that a web page cannot rebind one.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'The idempotency key was used with another body',
    detail:
      '`search_id` names the search that the key stands for. Use a new key for a new question.',
  },
  gate_inconclusive: {
    status: 424,
    title: 'The gate was not decided',
    detail: '`search_id` names the gate.',
  },
  too_many_hooks: {
    status: 409,
    title: 'There are too many hooks',
    detail: 'Delete those that nobody uses: `GET /v1/hooks` lists them.',
  },
  queue_full: {
    status: 429,
    title: 'The queue is full',
    detail: 'Nothing was started. Repeat the same call after `Retry-After` seconds.',
  },
  quota_exceeded: {
    status: 429,
    title: 'The caller has used up its share',
    detail: 'Nothing was started. Repeat the same call after `Retry-After` seconds.',
  },
  too_many_rejudges: {
    status: 429,
    title: 'Too many searches are being judged again',
    detail: 'Repeat the same call after `Retry-After` seconds.',
  },
  too_many_readers: {
    status: 429,
    title: 'Too many streams are open',
    detail: 'Close some, or read pages of JSON with `?after=`.',
  },
  headers_too_large: {
    status: 431,
    title: 'The headers are too large',
    detail: 'All headers together may have 16,384 bytes.',
  },
  malformed_http: {
    status: 400,
    title: 'This is not an HTTP request',
    detail: 'The connection was closed.',
  },
  request_timeout: {
    status: 408,
    title: 'The request did not arrive in time',
    detail: 'The connection was closed.',
  },
  internal_error: {
    status: 500,
    title: 'The service failed',
    detail:
      'This is a fault of the service, not of the request. The log has it under `request_id`.',
  },
  issuer_unavailable: {
    status: 503,
    title: 'The issuer of the token cannot be asked for its keys',
    detail: 'The token may be good. Repeat the same call after `Retry-After` seconds.',
  },
  kill_switch_on: {
    status: 503,
    title: 'The kill switch is on',
    detail: 'Nothing is loaded until an operator releases it.',
  },
  not_ready: {
    status: 503,
    title: 'The service is not ready',
    detail: 'It is starting, stopping or cannot use its store.',
  },
} as const satisfies Record<string, ProblemKind>;

interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
}

export type ProblemCode = keyof typeof PROBLEMS;

/** The `type` of a problem document: a name, not an address that anyone should fetch. */
export function problemType(code: ProblemCode): string {
  return `urn:plimsoll:problem:${code}`;
}

/** Largest body in bytes; the longest allowed SLO texts and labels fit many times. */
export const MAX_BODY_BYTES = 262_144;
/** All headers of a request together, in bytes: Node's own default, written out. */
export const MAX_HEADER_BYTES = 16_384;
