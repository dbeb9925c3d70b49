/**
 * Finds out what serves the target, by what it says of itself: the owner in its model list, its headers,
 * the names of its metrics, pages that only one server has. Wrong guesses cost length forcing, so an
 * unknown server stays `generic`, with the one field that nearly all understand.
 */
import type { DialectName } from '../core/dialect/dialects.ts';
import { countIn, isObject, listIn, objectIn, textIn } from '../core/dialect/json-value.ts';
import type { PinnedFetch } from './pinned-fetch.ts';

export interface ServerIdentity {
  readonly dialect: DialectName;
  /** What it says of itself, for the record of what was measured. */
  readonly info: Readonly<Record<string, string>>;
  readonly maxModelLen?: number;
}

/** One model as the list shows it; nothing in it is certain. */
export interface ModelEntry {
  readonly id: string;
  readonly ownedBy: string | undefined;
  readonly maxModelLen: number | undefined;
}

interface Page {
  readonly headers: Headers | undefined;
  readonly text: string;
  readonly json: unknown;
}

/** Each page is asked for at most so long: an identity is worth no more. */
const PROBE_TIMEOUT_MS = 2_000;
const MAX_PAGE_CHARS = 200_000;
const MAX_INFO_CHARS = 200;

const OWNERS: readonly (readonly [RegExp, DialectName])[] = [
  [/^vllm$/i, 'vllm'],
  [/^sglang$/i, 'sglang'],
  [/^(tensorrt[_-]?llm|trtllm)$/i, 'trtllm'],
  [/triton/i, 'triton'],
  [/^lmdeploy$/i, 'lmdeploy'],
  [/^llama\.?cpp$/i, 'llamacpp'],
  [/^library$/i, 'ollama'],
  [/^localai$/i, 'localai'],
  [/^anthropic$/i, 'anthropic'],
];

const METRIC_NAMES: readonly (readonly [RegExp, DialectName])[] = [
  [/^dynamo_/m, 'dynamo'],
  [/^vllm:/m, 'vllm'],
  [/^sglang[:_]/m, 'sglang'],
  [/^trtllm_/m, 'trtllm'],
  [/^llamacpp:/m, 'llamacpp'],
  [/^tgi_/m, 'tgi'],
  [/^lmdeploy:/m, 'lmdeploy'],
  [/^nv_inference_/m, 'triton'],
];

const HOSTS: readonly (readonly [RegExp, DialectName])[] = [
  [/\.openai\.azure\.com$/, 'azure'],
  [/(^|\.)openai\.com$/, 'openai'],
  [/(^|\.)anthropic\.com$/, 'anthropic'],
];

export async function identifyServer(
  baseUrl: string,
  headers: Readonly<Record<string, string>>,
  model: ModelEntry | undefined,
  http: PinnedFetch,
  signal: AbortSignal,
): Promise<ServerIdentity> {
  const { hostname, origin } = new URL(baseUrl);
  const ask = (path: string): Promise<Page> => fetchPage(http, `${origin}${path}`, headers, signal);
  const known = HOSTS.find(([host]) => host.test(hostname))?.[1];
  // A public API has no such pages, and is not to be asked for them.
  if (known !== undefined) return { dialect: known, info: { host: hostname } };
  const [metrics, version, props, ollama, tgi, sglang] = await Promise.all([
    ask('/metrics'),
    ask('/version'),
    ask('/props'),
    ask('/api/version'),
    ask('/info'),
    ask('/get_model_info'),
  ]);
  const owner = model?.ownedBy;
  const server = [metrics, version, props]
    .map((page) => page.headers?.get('server') ?? '')
    .join(' ');
  const dialect =
    OWNERS.find(([name]) => owner !== undefined && name.test(owner))?.[1] ??
    METRIC_NAMES.find(([name]) => name.test(metrics.text))?.[1] ??
    (/llama\.cpp/i.test(server) || hasKey(props, 'default_generation_settings')
      ? 'llamacpp'
      : undefined) ??
    (hasKey(tgi, 'max_concurrent_requests') ? 'tgi' : undefined) ??
    (hasKey(sglang, 'model_path') ? 'sglang' : undefined) ??
    (hasKey(ollama, 'version') ? ollamaOrTwin(version) : undefined) ??
    (hasKey(version, 'version') ? 'vllm' : undefined) ??
    'generic';
  const told = textOf(version, 'version') ?? textOf(ollama, 'version') ?? textOf(tgi, 'version');
  const maxModelLen = model?.maxModelLen ?? contextOf(props) ?? numberOf(tgi, 'max_total_tokens');
  return {
    dialect,
    info: {
      ...(server.trim() !== '' && { server: short(server.trim().split(' ')[0] ?? '') }),
      ...(owner !== undefined && { owned_by: short(owner) }),
      ...(told !== undefined && { version: short(told) }),
      ...(maxModelLen !== undefined && { max_model_len: String(maxModelLen) }),
    },
    ...(maxModelLen !== undefined && { maxModelLen }),
  };
}

/** LocalAI answers on the paths of Ollama, and on a `/version` of its own, which Ollama has not. */
function ollamaOrTwin(version: Page): DialectName {
  return hasKey(version, 'version') ? 'localai' : 'ollama';
}

/** The models of `GET /models`, whatever else is in the list. */
export function modelEntries(body: unknown): ModelEntry[] {
  const list = isObject(body) ? listIn(body, 'data') : undefined;
  const entries: ModelEntry[] = [];
  for (const item of list ?? []) {
    const id = isObject(item) ? textIn(item, 'id') : undefined;
    if (id === undefined || !isObject(item)) continue;
    const maxModelLen = countIn(item, 'max_model_len');
    entries.push({ id, ownedBy: textIn(item, 'owned_by'), maxModelLen });
  }
  return entries;
}

/** A page that is missing, broken or slow says nothing, which is an answer too. */
async function fetchPage(
  http: PinnedFetch,
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Page> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
    const response = await http.fetch(url, { headers, signal: limit });
    const text = (await response.text()).slice(0, MAX_PAGE_CHARS);
    return { headers: response.headers, text, json: parsed(text) };
  } catch {
    signal.throwIfAborted();
    return { headers: undefined, text: '', json: undefined };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function hasKey(page: Page, key: string): boolean {
  return isObject(page.json) && key in page.json;
}

function textOf(page: Page, key: string): string | undefined {
  return isObject(page.json) ? textIn(page.json, key) : undefined;
}

function numberOf(page: Page, key: string): number | undefined {
  return isObject(page.json) ? countIn(page.json, key) : undefined;
}

/** llama.cpp: tokens of one slot. */
function contextOf(props: Page): number | undefined {
  const settings = isObject(props.json)
    ? objectIn(props.json, 'default_generation_settings')
    : undefined;
  return settings && countIn(settings, 'n_ctx');
}

function short(text: string): string {
  return text.slice(0, MAX_INFO_CHARS);
}
