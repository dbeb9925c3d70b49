/**
 * Reads the events of OpenAI's Responses endpoint: typed events with a string `delta`; the last one
 * carries the whole response with its usage. There is no `[DONE]`.
 */
import type { Answer, ContentKind, Delta } from './answer.ts';
import { errorMessageIn } from './error-message.ts';
import { countIn, type JsonObject, objectIn, textIn } from './json-value.ts';

const CONTENT_KINDS: ReadonlyMap<string, ContentKind> = new Map([
  ['response.output_text.delta', 'content'],
  ['response.refusal.delta', 'content'],
  ['response.reasoning_text.delta', 'reasoning'],
  ['response.reasoning_summary_text.delta', 'reasoning'],
  ['response.function_call_arguments.delta', 'tool_call'],
]);

export function readResponsesEvent(event: JsonObject, answer: Answer): Delta | undefined {
  const type = textIn(event, 'type') ?? '';
  const kind = CONTENT_KINDS.get(type);
  if (kind !== undefined) {
    const text = textIn(event, 'delta');
    return text === undefined ? undefined : { kind, text };
  }
  if (type === 'response.completed' || type === 'response.incomplete') readEnd(event, answer);
  if (type === 'response.failed') {
    const response = objectIn(event, 'response');
    answer.errorMessage = (response && errorMessageIn(response)) ?? 'response.failed';
  }
  return undefined;
}

function readEnd(event: JsonObject, answer: Answer): void {
  answer.sawEnd = true;
  const response = objectIn(event, 'response');
  const details = response && objectIn(response, 'incomplete_details');
  answer.finishReason = (details && textIn(details, 'reason')) ?? 'completed';
  const usage = response && objectIn(response, 'usage');
  if (usage === undefined) return;
  const input = objectIn(usage, 'input_tokens_details');
  answer.usage = {
    inputTokens: countIn(usage, 'input_tokens'),
    outputTokens: countIn(usage, 'output_tokens'),
    cachedTokens: input && countIn(input, 'cached_tokens'),
  };
}
