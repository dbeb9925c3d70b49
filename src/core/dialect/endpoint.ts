/**
 * The endpoints' paths below the base URL, and which of them answer as a stream. Their names are the
 * workload's.
 */
import type { EndpointKind } from '../workload/spec.ts';
import type { Dialect } from './dialects.ts';

export type { EndpointKind } from '../workload/spec.ts';

/** Answered in one piece: there is no first token, and no time between tokens. */
export type WholeEndpointKind = Extract<EndpointKind, 'embeddings' | 'rerank'>;
export type StreamEndpointKind = Exclude<EndpointKind, WholeEndpointKind>;

export const ENDPOINT_PATHS: Readonly<Record<EndpointKind, string>> = {
  chat: '/chat/completions',
  completions: '/completions',
  responses: '/responses',
  messages: '/messages',
  embeddings: '/embeddings',
  rerank: '/rerank',
};

export function endpointPath(endpoint: EndpointKind, dialect: Dialect): string {
  // TEI's own route: its base URL has no version.
  if (dialect.name === 'tei' && endpoint === 'embeddings') return '/embed';
  return ENDPOINT_PATHS[endpoint];
}

export function isWhole(endpoint: EndpointKind): endpoint is WholeEndpointKind {
  return endpoint === 'embeddings' || endpoint === 'rerank';
}
