/**
 * What each server must be told, so that an answer has the length that was asked for and the client
 * sees the usage. A table, because the servers differ in silence: one ignores the bound that another
 * demands, and two refuse every field that they do not know.
 */
export const DIALECT_NAMES = [
  'generic',
  'openai',
  'azure',
  'vllm',
  'sglang',
  'trtllm',
  'triton',
  'dynamo',
  'nim',
  'lmdeploy',
  'llamacpp',
  'tgi',
  'ollama',
  'localai',
  'anthropic',
  'tei',
  'cohere',
] as const;
export type DialectName = (typeof DIALECT_NAMES)[number];

export interface Dialect {
  readonly name: DialectName;
  /** The field of Chat Completions that bounds the answer; the only one that is sent. */
  readonly chatBound: 'max_tokens' | 'max_completion_tokens';
  /** The field that forbids a shorter answer. */
  readonly lowerBound: 'min_tokens' | 'min_new_tokens' | undefined;
  /** `ignore_eos: true` keeps the answer going past its natural end. */
  readonly ignoreEos: boolean;
  /** Sent with every request, whatever the endpoint. */
  readonly extra: Readonly<Record<string, boolean>>;
  /** Sent inside `stream_options` beside `include_usage`. */
  readonly streamExtra: Readonly<Record<string, boolean>>;
}

const NOTHING = {};

/** max_completion_tokens, min_tokens and ignore_eos: vLLM and all that took its names. */
function vllmLike(name: DialectName, streamExtra: Dialect['streamExtra'] = NOTHING): Dialect {
  return {
    name,
    chatBound: 'max_completion_tokens',
    lowerBound: 'min_tokens',
    ignoreEos: true,
    extra: NOTHING,
    streamExtra,
  };
}

/** An upper bound and nothing else. */
function bounded(
  name: DialectName,
  chatBound: Dialect['chatBound'],
  streamExtra: Dialect['streamExtra'] = NOTHING,
): Dialect {
  return {
    name,
    chatBound,
    lowerBound: undefined,
    ignoreEos: false,
    extra: NOTHING,
    streamExtra,
  };
}

const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  // Unknown server: the one bound that nearly all understand.
  generic: bounded('generic', 'max_tokens'),
  // Unknown fields are a 400. Obfuscation pads every chunk with random text unless refused.
  openai: bounded('openai', 'max_completion_tokens', { include_obfuscation: false }),
  azure: bounded('azure', 'max_completion_tokens'),
  vllm: vllmLike('vllm'),
  sglang: vllmLike('sglang'),
  // Any stream_options turn usage on for every chunk unless told not to. Unknown fields are refused.
  trtllm: vllmLike('trtllm', { continuous_usage_stats: false }),
  triton: vllmLike('triton'),
  dynamo: vllmLike('dynamo'),
  nim: vllmLike('nim'),
  lmdeploy: { ...vllmLike('lmdeploy'), lowerBound: 'min_new_tokens' },
  // Its prompt cache is on by default and would make the second of two equal prompts cheap.
  llamacpp: {
    ...bounded('llamacpp', 'max_tokens'),
    ignoreEos: true,
    extra: { cache_prompt: false },
  },
  // max_completion_tokens is an alias here: sending both is a duplicate field.
  tgi: bounded('tgi', 'max_tokens'),
  // max_completion_tokens is dropped in silence: the answer would be unbounded.
  ollama: bounded('ollama', 'max_tokens'),
  localai: { ...bounded('localai', 'max_tokens'), ignoreEos: true },
  anthropic: bounded('anthropic', 'max_tokens'),
  // Embeddings and rankings only; here for the words of their requests.
  tei: bounded('tei', 'max_tokens'),
  cohere: bounded('cohere', 'max_tokens'),
};

/** Undefined for a name that is not in the table. */
export function dialectNamed(name: string): Dialect | undefined {
  const known = DIALECT_NAMES.find((candidate) => candidate === name);
  return known === undefined ? undefined : DIALECTS[known];
}
