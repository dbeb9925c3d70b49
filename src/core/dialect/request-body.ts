/** Builds the body of one request for an endpoint, in the words that the server's dialect needs. */
import type { Dialect } from './dialects.ts';
import type { EndpointKind } from './endpoint.ts';

export interface RequestBodySpec {
  readonly endpoint: EndpointKind;
  readonly dialect: Dialect;
  readonly model: string;
  readonly prompt: string;
  readonly outputTokens: number;
}

export function buildRequestBody(spec: RequestBodySpec): string {
  return JSON.stringify(bodyOf(spec));
}

/**
 * Whether the answer's length is forced and not only bounded: an answer may then be held against the
 * length that was asked for.
 */
export function forcesLength(dialect: Dialect, endpoint: EndpointKind): boolean {
  return (endpoint === 'chat' || endpoint === 'completions') && dialect.ignoreEos;
}

function bodyOf(spec: RequestBodySpec): Readonly<Record<string, unknown>> {
  const { endpoint, dialect, model, prompt, outputTokens } = spec;
  const message = { role: 'user', content: prompt };
  switch (endpoint) {
    case 'chat':
      return {
        model,
        messages: [message],
        [dialect.chatBound]: outputTokens,
        ...forcing(dialect, outputTokens),
        ...streaming(dialect),
      };
    case 'completions':
      return {
        model,
        prompt,
        // The one bound of this older endpoint, everywhere.
        max_tokens: outputTokens,
        ...forcing(dialect, outputTokens),
        ...streaming(dialect),
      };
    case 'responses':
      // `store: false`: a load test leaves nothing behind on the server.
      return {
        model,
        input: prompt,
        max_output_tokens: outputTokens,
        store: false,
        stream: true,
        ...dialect.extra,
      };
    case 'messages':
      return {
        model,
        messages: [message],
        max_tokens: outputTokens,
        stream: true,
        ...dialect.extra,
      };
  }
}

function forcing(dialect: Dialect, outputTokens: number): Readonly<Record<string, unknown>> {
  return {
    ...(dialect.lowerBound === undefined ? {} : { [dialect.lowerBound]: outputTokens }),
    ...(dialect.ignoreEos ? { ignore_eos: true } : {}),
    ...dialect.extra,
  };
}

function streaming(dialect: Dialect): Readonly<Record<string, unknown>> {
  return { stream: true, stream_options: { include_usage: true, ...dialect.streamExtra } };
}
