/** Answers of OpenAI's Responses, as vLLM writes them: typed events with numbers in sequence. */
import { type AnswerHead, eventText, isCut, type StreamShape } from './answer-head.ts';

/** Created and in progress at once, the item with its first token, usage in the last event; no `[DONE]`. */
export function responsesShape(head: AnswerHead): StreamShape {
  const itemId = `msg_${head.id}`;
  let sequence = 0;
  const event = (type: string, more: Readonly<Record<string, unknown>>): string => {
    sequence += 1;
    return eventText({ type, ...more, sequence_number: sequence - 1 });
  };
  const place = { item_id: itemId, output_index: 0, content_index: 0 };
  const bare = { ...response(head, ''), status: 'in_progress', output: [], usage: null };
  const wordType = 'response.output_text.delta';
  const before = `event: ${wordType}\ndata: {"type":"${wordType}","item_id":"${itemId}","output_index":0,"content_index":0,"delta":"`;
  return {
    accepted:
      event('response.created', { response: bare }) +
      event('response.in_progress', { response: bare }),
    opening: () =>
      event('response.output_item.added', { output_index: 0, item: outputItem(head, undefined) }) +
      event('response.content_part.added', { ...place, part: outputText('') }),
    word(text) {
      sequence += 1;
      return `${before}${text}","logprobs":[],"sequence_number":${sequence - 1}}\n\n`;
    },
    closing(textOf) {
      const text = textOf();
      const last = isCut(head) ? 'response.incomplete' : 'response.completed';
      return (
        event('response.output_text.done', { ...place, text, logprobs: [] }) +
        event('response.content_part.done', { ...place, part: outputText(text) }) +
        event('response.output_item.done', { output_index: 0, item: outputItem(head, text) }) +
        event(last, { response: response(head, text) })
      );
    },
  };
}

function outputText(text: string): Readonly<Record<string, unknown>> {
  return { type: 'output_text', text, annotations: [], logprobs: [] };
}

/** Without a text while it is being written. */
function outputItem(head: AnswerHead, text: string | undefined): Readonly<Record<string, unknown>> {
  const ended = isCut(head) ? 'incomplete' : 'completed';
  return {
    id: `msg_${head.id}`,
    type: 'message',
    role: 'assistant',
    status: text === undefined ? 'in_progress' : ended,
    content: text === undefined ? [] : [outputText(text)],
  };
}

/** In one piece; the last event of a stream carries it, too. */
export function response(head: AnswerHead, text: string): Readonly<Record<string, unknown>> {
  const { inputTokens, outputTokens } = head;
  return {
    id: head.id,
    object: 'response',
    created_at: head.createdS,
    model: head.modelName,
    status: isCut(head) ? 'incomplete' : 'completed',
    incomplete_details: isCut(head) ? { reason: 'max_output_tokens' } : null,
    output: [outputItem(head, text)],
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: head.cachedTokens() ?? 0 },
      output_tokens: outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: inputTokens + outputTokens,
    },
  };
}
