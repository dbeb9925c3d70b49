/**
 * Bodies of requests that are answered in one piece: many texts to embed, or to rank against a query.
 * Servers agree on the first and on nearly all of the second; TEI has words of its own for both.
 */
import type { Dialect } from './dialects.ts';
import type { WholeEndpointKind } from './endpoint.ts';

export interface BatchBodySpec {
  readonly endpoint: WholeEndpointKind;
  readonly dialect: Dialect;
  readonly model: string;
  readonly documents: readonly string[];
  /** For a ranking. */
  readonly query: string;
  /** Fields of the policy. What this file writes wins. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export function buildBatchBody(spec: BatchBodySpec): string {
  return JSON.stringify({ ...spec.extra, ...fieldsOf(spec) });
}

function fieldsOf(spec: BatchBodySpec): Readonly<Record<string, unknown>> {
  const { endpoint, dialect, model, documents, query } = spec;
  // TEI serves one model and refuses texts beyond its length unless it may cut them.
  if (dialect.name === 'tei') {
    return endpoint === 'embeddings'
      ? { inputs: documents, truncate: true }
      : { query, texts: documents, truncate: true };
  }
  if (endpoint === 'embeddings') return { model, input: documents, encoding_format: 'float' };
  // The whole ranking, so that every answer has the same size. SGLang knows no `top_n`.
  const all = dialect.name === 'sglang' ? {} : { top_n: documents.length };
  return { model, query, documents, ...all };
}
