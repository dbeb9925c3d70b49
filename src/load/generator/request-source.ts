/**
 * Makes the requests of one generator: lengths by the workload's law and seed, a prompt that no cache
 * has seen, the body in the server's dialect.
 */
import { createHash } from 'node:crypto';
import { createRandom } from '../../core/base/random.ts';
import { assert } from '../../core/base/result.ts';
import { dialectNamed } from '../../core/dialect/dialects.ts';
import { ENDPOINT_PATHS, type EndpointKind } from '../../core/dialect/endpoint.ts';
import { buildRequestBody, forcesLength } from '../../core/dialect/request-body.ts';
import { shapeOfTurn } from '../../core/workload/conversation.ts';
import { createConversations, shareConversations } from '../../core/workload/conversations.ts';
import { mainPart } from '../../core/workload/parts.ts';
import { createPrompts } from '../../core/workload/prompts.ts';
import type { SessionPlan } from '../port.ts';

export interface PreparedRequest {
  readonly body: string;
  readonly askedInputTokens: number;
  /** -1 when the dialect cannot force the length. */
  readonly askedOutputTokens: number;
}

export interface RequestSource {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  next(): PreparedRequest;
}

const ANTHROPIC_VERSION = '2023-06-01';

export function createRequestSource(
  plan: SessionPlan,
  index: number,
  promptSalt: string,
): RequestSource {
  const { target, workload } = plan;
  const dialect = dialectNamed(target.dialect);
  assert(dialect !== undefined, `no dialect ${target.dialect}`);
  const { endpoint } = mainPart(workload).request;
  const forced = forcesLength(dialect, endpoint);
  const random = createRandom(plan.seed);
  // Every generator draws the one stream of lengths and takes each n-th, as with the arrivals.
  const conversations = shareConversations(
    createConversations(workload, random.fork('shapes')),
    index,
    plan.generators,
  );
  // Not from the seed alone: the same search again must not find its own prompts in a cache.
  const prompts = createPrompts(
    createRandom(digest(`${plan.seed}/${promptSalt}/${index}`)),
    target.prompts,
  );
  return {
    path: new URL(target.baseUrl).pathname.replace(/\/$/, '') + ENDPOINT_PATHS[endpoint],
    headers: {
      accept: 'text/event-stream',
      ...endpointHeaders(endpoint),
      ...target.headers,
      'content-type': 'application/json',
    },
    next() {
      const { inputTokens, outputTokens } = shapeOfTurn(conversations.next(), 0);
      const prompt = prompts.next(inputTokens);
      return {
        body: buildRequestBody({ endpoint, dialect, model: target.model, prompt, outputTokens }),
        askedInputTokens: inputTokens,
        askedOutputTokens: forced ? outputTokens : -1,
      };
    },
  };
}

/** Headers that an endpoint demands beside the credentials. */
export function endpointHeaders(endpoint: EndpointKind): Readonly<Record<string, string>> {
  return endpoint === 'messages' ? { 'anthropic-version': ANTHROPIC_VERSION } : {};
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
