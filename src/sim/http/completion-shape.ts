/** Answers of Chat Completions and Completions, as vLLM writes them: chunks, usage when asked, `[DONE]`. */
import type { AnswerHead, StreamShape } from './answer-head.ts';

/** The role chunk comes with the first token, the last token's chunk carries the finish reason. */
export function completionShape(head: AnswerHead, isChat: boolean): StreamShape {
  const object = isChat ? 'chat.completion.chunk' : 'text_completion';
  const common = `data: {"id":"${head.id}","object":"${object}","created":${head.createdS},"model":${JSON.stringify(head.modelName)},"choices":[`;
  const before = `${common}{"index":0,${isChat ? '"delta":{"content":"' : '"text":"'}`;
  const after = `"${isChat ? '}' : ''},"logprobs":null,"finish_reason":null}]}\n\n`;
  const afterLast = `"${isChat ? '}' : ''},"logprobs":null,"finish_reason":"${head.finishReason}","stop_reason":null}]}\n\n`;
  const role = `${common}{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}\n\n`;
  return {
    accepted: '',
    opening: () => (isChat ? role : ''),
    word: (text, isLast) => before + text + (isLast ? afterLast : after),
    closing() {
      const usage = head.includeUsage
        ? `${common}],"usage":${JSON.stringify(completionUsage(head))}}\n\n`
        : '';
      return `${usage}data: [DONE]\n\n`;
    },
  };
}

/** In one piece. */
export function completion(
  head: AnswerHead,
  object: string,
  part: Readonly<Record<string, unknown>>,
): unknown {
  const choice = { index: 0, ...part, logprobs: null, finish_reason: head.finishReason };
  return {
    id: head.id,
    object,
    created: head.createdS,
    model: head.modelName,
    choices: [{ ...choice, stop_reason: null }],
    usage: completionUsage(head),
  };
}

function completionUsage(head: AnswerHead): Readonly<Record<string, unknown>> {
  const { inputTokens, outputTokens } = head;
  const cached = head.cachedTokens();
  return {
    prompt_tokens: inputTokens,
    total_tokens: inputTokens + outputTokens,
    completion_tokens: outputTokens,
    prompt_tokens_details: cached === undefined ? null : { cached_tokens: cached },
  };
}
