/**
 * Reads the events of Chat Completions and of Completions: which of them carry a token, why the
 * answer ended, and what it cost. The first token is the first *non-empty* content, reasoning or tool
 * call; role chunks and empty deltas are sent before any work by some servers (Triton, Azure) and with
 * the first token by others (vLLM).
 */
import type { Answer, Delta, Usage } from './answer.ts';
import { countIn, isObject, type JsonObject, listIn, objectIn, textIn } from './json-value.ts';

export function readChatEvent(event: JsonObject, answer: Answer): Delta | undefined {
  const choice = readEnvelope(event, answer);
  const delta = choice && objectIn(choice, 'delta');
  return delta && deltaIn(delta);
}

export function readCompletionsEvent(event: JsonObject, answer: Answer): Delta | undefined {
  const choice = readEnvelope(event, answer);
  const text = choice && textIn(choice, 'text');
  return text === undefined ? undefined : { kind: 'content', text };
}

/** Usage, timings and finish reason, the same in both; returns the first choice, which may not be. */
function readEnvelope(event: JsonObject, answer: Answer): JsonObject | undefined {
  const choices = listIn(event, 'choices');
  const usage = objectIn(event, 'usage');
  if (usage !== undefined) {
    answer.usage = usageIn(usage, answer.usage);
    if (choices?.length === 0) answer.sawFinalUsage = true;
  }
  const timings = objectIn(event, 'timings');
  if (timings !== undefined) answer.usage = withTimings(timings, answer.usage);
  const choice = choices?.[0];
  if (!isObject(choice)) return undefined;
  answer.finishReason = textIn(choice, 'finish_reason') ?? answer.finishReason;
  return choice;
}

function deltaIn(delta: JsonObject): Delta | undefined {
  const content = textIn(delta, 'content') ?? textIn(delta, 'refusal');
  if (content !== undefined) return { kind: 'content', text: content };
  // vLLM and Ollama say `reasoning`, SGLang, TRT-LLM, llama.cpp and LMDeploy `reasoning_content`.
  const reasoning = textIn(delta, 'reasoning_content') ?? textIn(delta, 'reasoning');
  if (reasoning !== undefined) return { kind: 'reasoning', text: reasoning };
  const call = listIn(delta, 'tool_calls')?.[0] ?? objectIn(delta, 'function_call');
  if (!isObject(call)) return undefined;
  const named = objectIn(call, 'function') ?? call;
  const text = textIn(named, 'arguments') ?? textIn(named, 'name');
  return text === undefined ? undefined : { kind: 'tool_call', text };
}

function usageIn(usage: JsonObject, before: Usage | undefined): Usage {
  const details = objectIn(usage, 'prompt_tokens_details');
  return {
    inputTokens: countIn(usage, 'prompt_tokens') ?? before?.inputTokens,
    outputTokens: countIn(usage, 'completion_tokens') ?? before?.outputTokens,
    cachedTokens: (details && countIn(details, 'cached_tokens')) ?? before?.cachedTokens,
  };
}

/**
 * llama.cpp's `timings`, always on its last chunk: fills in what usage does not say (cached tokens
 * before 2026-02). Tokens in context = prompt_n + cache_n + predicted_n.
 */
function withTimings(timings: JsonObject, usage: Usage | undefined): Usage {
  const cached = countIn(timings, 'cache_n');
  const evaluated = countIn(timings, 'prompt_n');
  const input = evaluated === undefined ? undefined : evaluated + (cached ?? 0);
  return {
    inputTokens: usage?.inputTokens ?? input,
    outputTokens: usage?.outputTokens ?? countIn(timings, 'predicted_n'),
    cachedTokens: usage?.cachedTokens ?? cached,
  };
}
