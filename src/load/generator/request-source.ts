/**
 * The conversations of one generator, written as requests: by the workload's laws and seed, in prompts
 * that no cache has seen but for what is meant to be shared. Beginnings are made ahead of their time,
 * so that a send does not wait for a text.
 */
import { createHash } from 'node:crypto';
import { createRandom } from '../../core/base/random.ts';
import { assert } from '../../core/base/result.ts';
import type { Conversation, ConversationSource } from '../../core/workload/conversation.ts';
import { createConversations, shareConversations } from '../../core/workload/conversations.ts';
import { partsOf } from '../../core/workload/parts.ts';
import { createPrompts, type Prompts } from '../../core/workload/prompts.ts';
import { createSharedTexts } from '../../core/workload/shared-texts.ts';
import type { SessionPlan } from '../port.ts';
import { createMaker, createTalk, type Talk, type Wording } from './talk.ts';

export interface RequestSource {
  /** The next conversation, its first request ready. */
  next(): Talk;
  /** From now on shared beginnings are others than before, and conversations under way end. */
  freshen(): void;
  stop(): void;
}

/** What one part's texts are made with. */
interface Voice {
  readonly prompts: Prompts;
  readonly systemTokens: number | undefined;
}

/** Beginnings that are ready before they are due: more than come due in one turn of the loop. */
const PREPARED_AHEAD = 8;

/** `files`: conversations of the parts whose data is read, by index of the part. */
export function createRequestSource(
  plan: SessionPlan,
  index: number,
  promptSalt: string,
  files?: ReadonlyMap<number, ConversationSource>,
): RequestSource {
  const random = createRandom(plan.seed).fork(streamName('shapes', plan));
  // Every generator draws the one stream and takes each n-th, as with the arrivals.
  const conversations = shareConversations(
    createConversations(plan.workload, random, files),
    index,
    plan.generators,
  );
  // Not from the seed alone: the same search again must not find its own prompts in a cache.
  const secret = digest(`${plan.seed}/${promptSalt}`);
  const makers = partsOf(plan.workload).map((part, i) =>
    createMaker(part, i, plan, createRandom(`${secret}/${index}/media-${i}`)),
  );
  const { prompts: commonCalibration, partPrompts = {} } = plan.target;
  const common = createPrompts(createRandom(`${secret}/${index}`), commonCalibration);
  const voices = makers.map((_, i): Voice => {
    const own = partPrompts[i];
    if (own === undefined)
      return { prompts: common, systemTokens: commonCalibration?.systemTokens };
    const prompts = createPrompts(createRandom(`${secret}/${index}/${i}`), own);
    return { prompts, systemTokens: own.systemTokens };
  });
  const wordingsOf = (epoch: number): readonly Wording[] =>
    voices.map(({ prompts, systemTokens }) => ({
      epoch,
      words: prompts.next,
      shared: createSharedTexts(
        prompts,
        (key) => createRandom(`${secret}/${epoch}/${key}`),
        systemTokens,
      ),
      ...(plan.workload.cache?.kind === 'cold' && { cacheSalt: digest(`${secret}/salt-${epoch}`) }),
    }));
  let epoch = 0;
  let wordings = wordingsOf(epoch);

  const begin = (conversation: Conversation): Talk => {
    const maker = makers[conversation.part];
    assert(maker !== undefined, `no part ${conversation.part}`);
    return createTalk(conversation, maker, () => {
      const wording = wordings[conversation.part];
      assert(wording !== undefined, `no words for part ${conversation.part}`);
      return wording;
    });
  };
  const write = (): Talk => begin(conversations.next());

  const ready: Talk[] = [];
  let filling: NodeJS.Immediate | undefined;
  // One in each turn of the loop: a long prompt must not hold up the reading of what comes in.
  const fill = (): void => {
    filling = undefined;
    ready.push(write());
    if (ready.length < PREPARED_AHEAD) filling = setImmediate(fill);
  };
  return {
    next() {
      filling ??= setImmediate(fill);
      return ready.shift() ?? write();
    },
    freshen() {
      epoch += 1;
      wordings = wordingsOf(epoch);
      for (const [i, { conversation }] of ready.entries()) ready[i] = begin(conversation);
    },
    stop() {
      clearImmediate(filling);
    },
  };
}

/**
 * Name of a stream of randomness. A session that was opened again goes on with a stream of its own:
 * to begin the old one again would be to send again what was sent.
 */
export function streamName(name: string, { opening }: SessionPlan): string {
  return opening === undefined ? name : `${name}/${opening}`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
