/**
 * How a request ended, as far as the server decided it: by its status, or by what its stream said.
 * What the connection did (refused, reset, timed out) is decided where the sockets are.
 */
import type { Outcome } from '../metrics/request-columns.ts';
import { type Answer, isComplete } from './answer.ts';

const TOO_MANY_REQUESTS = 429;
const UNAVAILABLE = 503;
/** Anthropic's `overloaded_error`: an admission limit like the two above. */
const OVERLOADED = 529;

/** The outcome of an answer that is no success, undefined for 2xx. */
export function outcomeOfStatus(status: number): Outcome | undefined {
  if (status === TOO_MANY_REQUESTS || status === UNAVAILABLE || status === OVERLOADED) {
    return 'rejected';
  }
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400) return 'redirect';
  if (status >= 400 && status < 500) return 'client_error';
  if (status >= 500 && status < 600) return 'server_error';
  return 'malformed';
}

/** SGLang aborts, LMDeploy and others fail, with a reason instead of an error object. */
const ERROR_REASONS: ReadonlySet<string> = new Set(['abort', 'error', 'parse_error']);
/** OpenAI, Azure; Anthropic's refusal is its filter. */
const FILTER_REASONS: ReadonlySet<string> = new Set(['content_filter', 'refusal']);

/** The outcome of a stream that HTTP ended cleanly. An error wins over all that came before it. */
export function outcomeOfAnswer(answer: Answer): Outcome {
  if (answer.errorMessage !== undefined) return 'stream_error';
  if (answer.malformed !== undefined) return 'malformed';
  const reason = answer.finishReason ?? '';
  if (ERROR_REASONS.has(reason)) return 'stream_error';
  if (FILTER_REASONS.has(reason)) return 'content_filtered';
  if (!isComplete(answer)) return 'truncated';
  return answer.chunkCount > 0 ? 'ok' : 'empty';
}

/** The outcome of an answer that came in one piece: it has no chunks, and is whole or none. */
export function outcomeOfWhole(answer: Answer): Outcome {
  if (answer.errorMessage !== undefined) return 'stream_error';
  return answer.malformed === undefined && answer.sawEnd ? 'ok' : 'malformed';
}
