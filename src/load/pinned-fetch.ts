/**
 * A `fetch` for the few requests before any load, on the same pinned connections as the load itself:
 * no redirect is followed, bodies and headers are bounded, and what is clearly no API is named here,
 * before a library tries to make sense of it.
 */
import { Readable } from 'node:stream';
import { Agent } from 'undici';
import { createPinnedConnector } from './pinned-connector.ts';
import { bodyForm, type HeaderValue } from './response-head.ts';
import { faultOfStatus, TargetFaultError } from './target-fault.ts';

export interface PinnedFetch {
  fetch(url: string, init: FetchInit): Promise<Response>;
  close(): Promise<void>;
}

export interface FetchInit {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

const CONNECT_TIMEOUT_MS = 5_000;
const MAX_HEADER_BYTES = 16_384;
/** A model list, a metrics page, a tiny answer: none comes near it. */
const MAX_BODY_BYTES = 4 * 1_048_576;
const MAX_FAULT_CHARS = 65_536;
/** Answers that may have no body at all. */
const EMPTY_STATUSES: ReadonlySet<number> = new Set([204, 205]);

export function createPinnedFetch(pinnedAddress: string): PinnedFetch {
  const connector = createPinnedConnector(pinnedAddress, CONNECT_TIMEOUT_MS);
  const agent = new Agent({
    connect: (options, callback) => connector.open(options, callback),
    allowH2: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    maxResponseSize: MAX_BODY_BYTES,
  });
  return {
    async fetch(url, { method = 'GET', headers = {}, body, signal }) {
      const { origin, pathname, search } = new URL(url);
      const answer = await agent.request({
        origin,
        path: pathname + search,
        method,
        headers: { ...headers },
        body: body ?? null,
        signal,
      });
      const { statusCode } = answer;
      const foreign = bodyForm(answer.headers) === 'foreign';
      if (statusCode >= 300 || foreign) {
        const text = foreign ? '' : (await answer.body.text()).slice(0, MAX_FAULT_CHARS);
        throw new TargetFaultError(faultOfStatus(statusCode, text));
      }
      return new Response(EMPTY_STATUSES.has(statusCode) ? null : Readable.toWeb(answer.body), {
        status: statusCode,
        headers: plainHeaders(answer.headers),
      });
    },
    close: () => agent.destroy(),
  };
}

function plainHeaders(headers: Readonly<Record<string, HeaderValue>>): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return plain;
}
