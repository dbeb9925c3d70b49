/** Answers of Anthropic's Messages, as vLLM writes them. */
import { type AnswerHead, eventText, isCut, type StreamShape } from './answer-head.ts';

/** Anthropic's events: the input's count at the start, the output's at the end; no `[DONE]`. */
export function messagesShape(head: AnswerHead): StreamShape {
  const before =
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"';
  return {
    accepted: '',
    opening: () =>
      eventText({ type: 'message_start', message: messageStart(head) }) +
      eventText({
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'text', text: '' },
      }),
    word: (text) => `${before}${text}"}}\n\n`,
    closing: () =>
      eventText({ type: 'content_block_stop', index: 0 }) +
      eventText({
        type: 'message_delta',
        delta: { stop_reason: stopReasonOf(head), stop_sequence: null },
        usage: { output_tokens: head.outputTokens },
      }) +
      eventText({ type: 'message_stop' }),
  };
}

function stopReasonOf(head: AnswerHead): string {
  return isCut(head) ? 'max_tokens' : 'end_turn';
}

function messageStart(head: AnswerHead): Readonly<Record<string, unknown>> {
  return {
    id: head.id,
    type: 'message',
    role: 'assistant',
    model: head.modelName,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...messagesInput(head), output_tokens: 0 },
  };
}

/** `input_tokens` are those that no cache had; whole input is the sum. */
function messagesInput(head: AnswerHead): Readonly<Record<string, number>> {
  const cached = head.cachedTokens();
  const read = cached === undefined ? {} : { cache_read_input_tokens: cached };
  return { input_tokens: head.inputTokens - (cached ?? 0), ...read };
}

/** In one piece. */
export function message(head: AnswerHead, text: string): Readonly<Record<string, unknown>> {
  return {
    ...messageStart(head),
    content: [{ type: 'text', text }],
    stop_reason: stopReasonOf(head),
    usage: { ...messagesInput(head), output_tokens: head.outputTokens },
  };
}
