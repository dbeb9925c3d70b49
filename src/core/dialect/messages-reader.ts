/**
 * Reads the events of Anthropic's Messages endpoint: content block deltas, a cumulative output count
 * in `message_delta`, input counts in `message_start`, `message_stop` at the end, `ping` anywhere.
 */
import type { Answer, Delta, Usage } from './answer.ts';
import { countIn, type JsonObject, objectIn, textIn } from './json-value.ts';

export function readMessagesEvent(event: JsonObject, answer: Answer): Delta | undefined {
  switch (textIn(event, 'type')) {
    case 'content_block_delta': {
      const delta = objectIn(event, 'delta');
      return delta && deltaIn(delta);
    }
    case 'content_block_start': {
      const block = objectIn(event, 'content_block');
      return block && blockIn(block);
    }
    case 'message_start': {
      const message = objectIn(event, 'message');
      const usage = message && objectIn(message, 'usage');
      if (usage !== undefined) answer.usage = usageIn(usage, answer.usage);
      return undefined;
    }
    case 'message_delta': {
      const delta = objectIn(event, 'delta');
      answer.finishReason = (delta && textIn(delta, 'stop_reason')) ?? answer.finishReason;
      const usage = objectIn(event, 'usage');
      if (usage !== undefined) answer.usage = usageIn(usage, answer.usage);
      return undefined;
    }
    case 'message_stop':
      answer.sawEnd = true;
      return undefined;
    default:
      return undefined;
  }
}

/** `signature_delta` is a seal over the thinking, no token: not counted. */
function deltaIn(delta: JsonObject): Delta | undefined {
  const text = textIn(delta, 'text');
  if (text !== undefined) return { kind: 'content', text };
  const thinking = textIn(delta, 'thinking');
  if (thinking !== undefined) return { kind: 'reasoning', text: thinking };
  const json = textIn(delta, 'partial_json');
  return json === undefined ? undefined : { kind: 'tool_call', text: json };
}

/** A block usually starts empty; a tool's name, or a server that starts with text, is content. */
function blockIn(block: JsonObject): Delta | undefined {
  const call = textIn(block, 'type') === 'tool_use' ? textIn(block, 'name') : undefined;
  return call === undefined ? deltaIn(block) : { kind: 'tool_call', text: call };
}

/** Whole input = input_tokens + cache_creation_input_tokens + cache_read_input_tokens. */
function usageIn(usage: JsonObject, before: Usage | undefined): Usage {
  const fresh = countIn(usage, 'input_tokens');
  const created = countIn(usage, 'cache_creation_input_tokens') ?? 0;
  const read = countIn(usage, 'cache_read_input_tokens');
  // Later events may repeat a part of the counts: the input is taken where it is told in full.
  const input = fresh === undefined || fresh === 0 ? undefined : fresh + created + (read ?? 0);
  return {
    inputTokens: input ?? before?.inputTokens,
    outputTokens: countIn(usage, 'output_tokens') ?? before?.outputTokens,
    cachedTokens: read ?? before?.cachedTokens,
  };
}
