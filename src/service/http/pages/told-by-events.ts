/** What only the events of a search tell: the burst that runs now, the plan, the place in the queue. */
import { z } from 'zod';
import type { CurrentBurst } from '../../../view/page/search-view.ts';
import type { SearchEvent, SearchService } from '../../runner/search-service.ts';
import { EVENT_PAGE } from '../limits.ts';

/** Without the time that has passed: that depends on when somebody looks. */
export interface ToldBurst extends Omit<CurrentBurst, 'elapsedMs'> {
  readonly startedAtMs: number;
}

export interface ToldByEvents {
  readonly current: ToldBurst | undefined;
  readonly plan: string | undefined;
  readonly waitingBefore: number | undefined;
  readonly lastEventId: number;
}

/** About a progress event a second for two hours; older ones than that are not read. */
const MAX_PAGES = 50;

const queued = z.looseObject({ waiting_before: z.number() });
const plan = z.looseObject({ sentence: z.string() });
const started = z.looseObject({
  probe: z.number(),
  attempt: z.number(),
  phase: z.string(),
  load: z.number(),
  settle_ms: z.number(),
  window_ms: z.number(),
  reason: z.string(),
});
const progress = z.looseObject({ requests: z.number(), needs: z.string() });

const NOTHING_TOLD: ToldByEvents = {
  current: undefined,
  plan: undefined,
  waitingBefore: undefined,
  lastEventId: 0,
};

export async function readTold(searches: SearchService, id: string): Promise<ToldByEvents> {
  let told = NOTHING_TOLD;
  for (let page = 0; page < MAX_PAGES; page++) {
    const events = await searches.events(id, told.lastEventId, EVENT_PAGE);
    told = events.reduce(withEvent, told);
    if (events.length < EVENT_PAGE) break;
  }
  return told;
}

export function withEvent(told: ToldByEvents, event: SearchEvent): ToldByEvents {
  const next = { ...told, lastEventId: event.seq };
  switch (event.type) {
    case 'search.queued':
      return { ...next, waitingBefore: queued.safeParse(event.data).data?.waiting_before };
    case 'search.plan':
      return { ...next, plan: plan.safeParse(event.data).data?.sentence ?? told.plan };
    case 'probe.started':
      return { ...next, current: startedBurst(event) };
    case 'probe.progress':
      return { ...next, current: progressed(told.current, event) };
    case 'bracket.changed':
    case 'search.warning':
      return next;
    default:
      return { ...next, current: undefined };
  }
}

function startedBurst({ data, atMs: startedAtMs }: SearchEvent): ToldBurst | undefined {
  const read = started.safeParse(data);
  if (!read.success) return undefined;
  const { settle_ms: settleMs, window_ms: windowMs, ...rest } = read.data;
  const { probe, attempt, phase, load, reason } = rest;
  const before = { requests: 0, needs: undefined };
  return { probe, attempt, phase, load, reason, settleMs, windowMs, startedAtMs, ...before };
}

function progressed(current: ToldBurst | undefined, { data }: SearchEvent): ToldBurst | undefined {
  const read = progress.safeParse(data);
  if (current === undefined || !read.success) return current;
  const { requests, needs } = read.data;
  return { ...current, requests, needs };
}
