/** The shape of an answer on each endpoint, streamed or whole; the shapes are in files of their own. */
import type { AnswerHead, StreamShape } from './answer-head.ts';
import { completion, completionShape } from './completion-shape.ts';
import { message, messagesShape } from './messages-shape.ts';
import { response, responsesShape } from './responses-shape.ts';

export function streamShape(head: AnswerHead): StreamShape {
  switch (head.endpoint) {
    case 'chat':
    case 'completions':
      return completionShape(head, head.endpoint === 'chat');
    case 'responses':
      return responsesShape(head);
    case 'messages':
      return messagesShape(head);
  }
}

/** The same answer in one piece. */
export function wholeAnswer(head: AnswerHead, text: string): unknown {
  switch (head.endpoint) {
    case 'chat':
      return completion(head, 'chat.completion', { message: { role: 'assistant', content: text } });
    case 'completions':
      return completion(head, 'text_completion', { text });
    case 'responses':
      return response(head, text);
    case 'messages':
      return message(head, text);
  }
}
