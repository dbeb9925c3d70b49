/**
 * Server-sent events of one search, as text. A comment line comes as heartbeat; the stream ends by
 * itself after the last event, and a reconnect after that is answered 204, which stops an EventSource.
 */
import { ENDED_STATES, type SearchEvent, type SearchService } from '../../runner/search-service.ts';
import { EVENT_PAGE, type StreamTiming } from '../limits.ts';
import { eventToJson } from '../to-json/search.ts';

export async function* eventPieces(
  searches: SearchService,
  searchId: string,
  after: number,
  timing: StreamTiming,
  signal: AbortSignal,
): AsyncGenerator<string, void, void> {
  const wake = createWake();
  const unsubscribe = searches.subscribe(searchId, wake.ring);
  signal.addEventListener('abort', wake.ring, { once: true });
  let last = after;
  try {
    yield `retry: ${timing.retryMs}\n\n`;
    while (!signal.aborted) {
      searches.touch(searchId);
      const events = await searches.events(searchId, last, EVENT_PAGE);
      for (const event of events) {
        last = event.seq;
        yield toSse(event);
        if (isLast(event)) return;
      }
      // Who catches up on a long story lets the others have their turn after each page.
      if (events.length === EVENT_PAGE) await new Promise((resolve) => setImmediate(resolve));
      if (events.length > 0) continue;
      const rung = await wake.wait(timing.heartbeatMs);
      // A search without its last event would keep its readers for ever.
      if (!rung && (await hasEnded(searches, searchId))) return;
      if (!rung) yield ': heartbeat\n\n';
    }
  } finally {
    unsubscribe();
  }
}

/** The event after which no other comes. */
export function isLast(event: SearchEvent): boolean {
  switch (event.type) {
    case 'search.done':
    case 'search.failed':
    case 'search.cancelled':
    case 'search.expired':
      return true;
    default:
      return false;
  }
}

async function hasEnded(searches: SearchService, searchId: string): Promise<boolean> {
  const record = await searches.get(searchId);
  return record === undefined || ENDED_STATES.includes(record.state);
}

function toSse(event: SearchEvent): string {
  const data = JSON.stringify(eventToJson(event));
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${data}\n\n`;
}

interface Wake {
  readonly ring: () => void;
  /** True when rung before the time was over, also when it rang before the wait began. */
  wait(ms: number): Promise<boolean>;
}

function createWake(): Wake {
  let rung = false;
  let resolveWait: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      resolveWait?.();
    },
    async wait(ms) {
      if (!rung) {
        let timer: NodeJS.Timeout | undefined;
        await new Promise<void>((resolve) => {
          resolveWait = resolve;
          timer = setTimeout(resolve, ms);
        });
        clearTimeout(timer);
        resolveWait = undefined;
      }
      const answer = rung;
      rung = false;
      return answer;
    },
  };
}
