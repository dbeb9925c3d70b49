/** The data files of a plan as conversations, and the times that an open loop follows. */
import { createRandom } from '../../core/base/random.ts';
import type { ConversationSource } from '../../core/workload/conversation.ts';
import { partsOf } from '../../core/workload/parts.ts';
import { createFileSource } from '../../core/workload/readers/file-source.ts';
import { recordedTimes } from '../../core/workload/readers/row-sample.ts';
import type { SessionPlan } from '../port.ts';
import { streamName } from './request-source.ts';

/** The same in every generator: each takes its n-th conversation of the one stream. */
export function fileSources(plan: SessionPlan): ReadonlyMap<number, ConversationSource> {
  const sources = new Map<number, ConversationSource>();
  const parts = partsOf(plan.workload);
  for (const [part, { sample, blockTokens, ordered, tokensPerChar }] of plan.files ?? []) {
    const request = parts[part]?.request;
    const outputTokens = request?.kind === 'file' ? request.outputTokens : undefined;
    const random = createRandom(plan.seed).fork(streamName(`file-${part}`, plan));
    const source = createFileSource(
      {
        sample,
        blockTokens,
        ordered,
        part,
        countTokens: (text) => Math.ceil(text.length * tokensPerChar),
        ...(outputTokens !== undefined && { outputTokens }),
      },
      random,
    );
    sources.set(part, source);
  }
  return sources;
}

/** Times of the one file that arrivals follow: of the first part that has them. */
export function planTimes(plan: SessionPlan): Float64Array | undefined {
  for (const { sample } of plan.files?.values() ?? []) {
    const times = recordedTimes(sample);
    if (times !== undefined) return times;
  }
  return undefined;
}
