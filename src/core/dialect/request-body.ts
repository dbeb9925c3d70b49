/** Builds the body of one request for an endpoint, in the words that the server's dialect needs. */
import type { Dialect } from './dialects.ts';
import type { EndpointKind, StreamEndpointKind } from './endpoint.ts';
import { type Medium, mediaParts } from './media-content.ts';

/** Something that was said before. */
export interface Said {
  readonly role: 'user' | 'assistant';
  readonly text: string;
}

export interface RequestBodySpec {
  readonly endpoint: StreamEndpointKind;
  readonly dialect: Dialect;
  readonly model: string;
  readonly prompt: string;
  /** Goes with the prompt. */
  readonly media?: readonly Medium[];
  readonly outputTokens: number;
  /** Comes before everything, and is the same for many. */
  readonly system?: string;
  /** The conversation so far, oldest first. */
  readonly history?: readonly Said[];
  /** Whether the server's prompt cache may help; where it can be refused it is, unless told so. */
  readonly promptCache?: boolean;
  /** Fields of the policy. What this file writes wins. */
  readonly extra?: Readonly<Record<string, unknown>>;
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
  const { endpoint, dialect, model, outputTokens } = spec;
  const told = { ...spec.extra, model };
  switch (endpoint) {
    case 'chat':
      return {
        ...told,
        messages: [...systemMessage(spec), ...messagesOf(spec)],
        [dialect.chatBound]: outputTokens,
        ...forcing(spec),
        ...streaming(dialect),
      };
    case 'completions':
      return {
        ...told,
        prompt: wholeText(spec),
        // The one bound of this older endpoint, everywhere.
        max_tokens: outputTokens,
        ...forcing(spec),
        ...streaming(dialect),
      };
    case 'responses':
      // `store: false`: a load test leaves nothing behind on the server.
      return {
        ...told,
        ...(spec.system !== undefined && { instructions: spec.system }),
        input: hasHistory(spec) || hasMedia(spec) ? messagesOf(spec) : spec.prompt,
        max_output_tokens: outputTokens,
        store: false,
        stream: true,
        ...dialectExtra(spec),
      };
    case 'messages':
      return {
        ...told,
        ...(spec.system !== undefined && { system: spec.system }),
        messages: messagesOf(spec),
        max_tokens: outputTokens,
        stream: true,
        ...dialectExtra(spec),
      };
  }
}

interface Message {
  readonly role: 'system' | Said['role'];
  readonly content: string | readonly unknown[];
}

function hasHistory({ history }: RequestBodySpec): boolean {
  return history !== undefined && history.length > 0;
}

function hasMedia({ media }: RequestBodySpec): boolean {
  return media !== undefined && media.length > 0;
}

function systemMessage({ system }: RequestBodySpec): Message[] {
  return system === undefined ? [] : [{ role: 'system', content: system }];
}

function messagesOf(spec: RequestBodySpec): Message[] {
  const { endpoint, history, prompt, media = [] } = spec;
  const before = (history ?? []).map(({ role, text }): Message => ({ role, content: text }));
  const content = hasMedia(spec) ? mediaParts(endpoint, prompt, media) : prompt;
  return [...before, { role: 'user', content }];
}

/** Completions know no roles: all that was said is one text. */
function wholeText({ system, history, prompt }: RequestBodySpec): string {
  const before = [...(system === undefined ? [] : [system]), ...(history ?? []).map((s) => s.text)];
  return [...before, prompt].join('\n');
}

function dialectExtra({ dialect, promptCache }: RequestBodySpec): Dialect['extra'] {
  if (promptCache !== true) return dialect.extra;
  const { cache_prompt: _, ...rest } = dialect.extra;
  return rest;
}

function forcing(spec: RequestBodySpec): Readonly<Record<string, unknown>> {
  const { dialect, outputTokens } = spec;
  return {
    ...(dialect.lowerBound === undefined ? {} : { [dialect.lowerBound]: outputTokens }),
    ...(dialect.ignoreEos ? { ignore_eos: true } : {}),
    ...dialectExtra(spec),
  };
}

function streaming(dialect: Dialect): Readonly<Record<string, unknown>> {
  return { stream: true, stream_options: { include_usage: true, ...dialect.streamExtra } };
}
