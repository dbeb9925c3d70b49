/**
 * One conversation as it is sent: the words of its turns, what the server really answered, and the next
 * request in the server's dialect. Written when the one before it has ended, so that it is ready when
 * its user has thought.
 */

import type { Random } from '../../core/base/random.ts';
import { assert } from '../../core/base/result.ts';
import { buildBatchBody } from '../../core/dialect/batch-body.ts';
import { type Dialect, dialectNamed } from '../../core/dialect/dialects.ts';
import { type EndpointKind, endpointPath, isWhole } from '../../core/dialect/endpoint.ts';
import { buildRequestBody, forcesLength, type Said } from '../../core/dialect/request-body.ts';
import type { Conversation } from '../../core/workload/conversation.ts';
import {
  advance,
  beginDialogue,
  type Dialogue,
  hasNextTurn,
  shapeOf,
  turnOf,
} from '../../core/workload/dialogue.ts';
import type { SharedTexts } from '../../core/workload/shared-texts.ts';
import type { MixPart } from '../../core/workload/spec.ts';
import type { LoadTarget, SessionPlan } from '../port.ts';
import { createMediaSource, type MediaSource } from './media-source.ts';

export interface PreparedRequest {
  readonly part: number;
  readonly endpoint: EndpointKind;
  /** How many texts there have to be answers for, where the answer comes in one piece. */
  readonly documents: number;
  /** With the query, below the origin. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** -1 when the length is not ours: a text of a file, pictures, a ranking. */
  readonly askedInputTokens: number;
  /** -1 when the dialect cannot force the length. */
  readonly askedOutputTokens: number;
  /** The answer's words are part of a later prompt. */
  readonly keepsText: boolean;
}

export interface Talk {
  readonly conversation: Conversation;
  /** Of the present turn. */
  readonly request: PreparedRequest;
  /** How long its user waits after the present answer. */
  readonly thinkMs: number;
  /** Takes the answer in and makes the next request ready; false when there is none. */
  answered(text: string, outputTokens: number | undefined): boolean;
}

/** What all conversations are written with. */
export interface Wording {
  /** Counts the changes of what is shared: a conversation ends with the words that it began with. */
  readonly epoch: number;
  readonly shared: SharedTexts;
  /** Sent as `cache_salt` where the server knows it; absent: none. */
  readonly cacheSalt?: string;
  /** A text of so many tokens that nobody had before; `hasHistory`: of a turn after the first. */
  words(tokens: number, hasHistory?: boolean): string;
}

/** How the requests of one part are made. */
export interface Maker {
  readonly part: number;
  readonly endpoint: EndpointKind;
  readonly documents: number;
  readonly media: MediaSource | undefined;
  readonly dialect: Dialect;
  readonly model: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly extra: Readonly<Record<string, unknown>> | undefined;
  readonly promptCache: boolean;
}

const ANTHROPIC_VERSION = '2023-06-01';
/** As many words as make a prompt of our own unlike all others. */
const COLD_WORDS = 12;
/** Servers that keep caches of different salts apart (vLLM, and those that pass its fields on). */
const SALTED_DIALECTS: readonly string[] = ['vllm', 'dynamo', 'nim'];

/** Of a ranking; a question of one sentence. */
const QUERY_TOKENS = 16;

/** `random`: of what is made beside the words. */
export function createMaker(
  part: MixPart,
  index: number,
  plan: SessionPlan,
  random: Random,
): Maker {
  const { target, workload } = plan;
  const { request } = part;
  const { endpoint, extras } = request;
  const dialect = dialectNamed(target.dialect);
  assert(dialect !== undefined, `no dialect ${target.dialect}`);
  const query = new URLSearchParams(extras?.query).toString();
  const path =
    new URL(target.baseUrl).pathname.replace(/\/$/, '') + endpointPath(endpoint, dialect);
  return {
    part: index,
    endpoint,
    documents: request.documents ?? 1,
    media: request.media && createMediaSource(request.media, random),
    dialect,
    model: request.model ?? target.model,
    path: query === '' ? path : `${path}?${query}`,
    headers: headersOf(endpoint, target, extras?.headers),
    extra: extras?.body,
    // Where beginnings are meant to be shared the cache is part of what is measured.
    promptCache:
      workload.cache?.kind !== 'cold' &&
      (request.kind === 'file' ||
        request.sharedPrefix !== undefined ||
        request.turns !== undefined),
  };
}

/** The policy's headers first: none of them replaces one that the request needs. */
function headersOf(
  endpoint: EndpointKind,
  target: LoadTarget,
  extra: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return {
    ...extra,
    accept: isWhole(endpoint) ? 'application/json' : 'text/event-stream',
    ...endpointHeaders(endpoint),
    ...target.headers,
    'content-type': 'application/json',
  };
}

/** Headers that an endpoint demands beside the credentials. */
export function endpointHeaders(endpoint: EndpointKind): Readonly<Record<string, string>> {
  return endpoint === 'messages' ? { 'anthropic-version': ANTHROPIC_VERSION } : {};
}

/** `wording` is asked anew for every text: it may have changed since the conversation began. */
export function createTalk(conversation: Conversation, maker: Maker, wording: () => Wording): Talk {
  const dialogue = beginDialogue(conversation);
  const { epoch, shared, cacheSalt } = wording();
  const { shared: blocks } = conversation;
  const system = blocks.length === 0 ? undefined : shared.textOf(blocks);
  const extra = extraOf(maker, cacheSalt);
  const history: Said[] = [];
  let prompt = openingOf(dialogue, maker, wording());
  let request = write();

  function write(): PreparedRequest {
    const { inputTokens, outputTokens } = shapeOf(dialogue);
    const { part, endpoint, dialect, model, path, headers, promptCache, documents } = maker;
    const request = { part, endpoint, documents, path, headers };
    const base = { dialect, model, ...(extra !== undefined && { extra }) };
    if (isWhole(endpoint)) {
      return {
        ...request,
        body: buildBatchBody({ ...base, endpoint, ...batchTexts(prompt, dialogue) }),
        askedInputTokens: endpoint === 'rerank' ? -1 : inputTokens * documents,
        askedOutputTokens: -1,
        keepsText: false,
      };
    }
    const media = maker.media?.();
    const body = buildRequestBody({
      ...base,
      endpoint,
      prompt,
      outputTokens,
      history,
      promptCache,
      ...(media !== undefined && { media }),
      ...(system !== undefined && { system }),
    });
    const isOurs = media === undefined && turnOf(dialogue).text === undefined;
    return {
      ...request,
      body,
      askedInputTokens: isOurs ? inputTokens : -1,
      askedOutputTokens: forcesLength(dialect, endpoint) ? outputTokens : -1,
      keepsText: hasNextTurn(dialogue),
    };
  }

  /** The prompt is the first of the texts; the others are as long and as new. */
  function batchTexts(
    first: string,
    dialogueNow: Dialogue,
  ): { readonly documents: readonly string[]; readonly query: string } {
    const { words } = wording();
    const { inputTokens } = turnOf(dialogueNow);
    const more = Array.from({ length: maker.documents - 1 }, () => words(inputTokens));
    const query = maker.endpoint === 'rerank' ? words(QUERY_TOKENS) : '';
    return { documents: [first, ...more], query };
  }

  return {
    conversation,
    get request() {
      return request;
    },
    get thinkMs() {
      return turnOf(dialogue).thinkMs;
    },
    answered(text, outputTokens) {
      if (!hasNextTurn(dialogue) || wording().epoch !== epoch) return false;
      history.push({ role: 'user', text: prompt }, { role: 'assistant', text });
      advance(dialogue, outputTokens ?? turnOf(dialogue).outputTokens);
      prompt = promptOf(dialogue, wording());
      request = write();
      return true;
    },
  };
}

/** A text of a file is the same in every burst: where caches must be cold and know no salt, it begins with new words. */
function openingOf(dialogue: Dialogue, maker: Maker, wording: Wording): string {
  const prompt = promptOf(dialogue, wording);
  const isOwn = turnOf(dialogue).text === undefined;
  if (isOwn || wording.cacheSalt === undefined || isSalted(maker)) return prompt;
  return `${wording.words(COLD_WORDS)}\n${prompt}`;
}

function promptOf(dialogue: Dialogue, { words }: Wording): string {
  const { text, inputTokens } = turnOf(dialogue);
  return text ?? words(inputTokens, dialogue.turn > 0);
}

function isSalted({ dialect }: Pick<Maker, 'dialect'>): boolean {
  return SALTED_DIALECTS.includes(dialect.name);
}

function extraOf(
  { extra, dialect }: Maker,
  cacheSalt: string | undefined,
): Readonly<Record<string, unknown>> | undefined {
  if (cacheSalt === undefined || !isSalted({ dialect })) return extra;
  return { ...extra, cache_salt: cacheSalt };
}
