/**
 * The events of a search as lines for a person: one for each probe with its load, requests, verdict
 * and the bracket so far. The bracket comes in an event of its own after the probe's, so the line of
 * a probe waits for the event after it.
 */
import { z } from 'zod';

/** The parts of events that are shown; the service may say more. */
const eventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('search.plan'), data: z.object({ sentence: z.string() }) }),
  z.object({
    type: z.literal('probe.finished'),
    data: z.object({
      probe: z.number(),
      load: z.number(),
      requests: z.number(),
      end: z.string(),
      tiers: z.array(z.object({ verdict: z.string() })),
    }),
  }),
  z.object({
    type: z.literal('probe.voided'),
    data: z.object({ probe: z.number(), load: z.number(), reason: z.string() }),
  }),
  z.object({
    type: z.literal('probe.progress'),
    data: z.object({
      probe: z.number(),
      load: z.number(),
      requests: z.number(),
      elapsed_ms: z.number(),
    }),
  }),
  z.object({
    type: z.literal('bracket.changed'),
    data: z.object({
      tiers: z.array(
        z.object({ capacity_at_least: z.number(), capacity_below: z.number().nullable() }),
      ),
    }),
  }),
  z.object({ type: z.literal('search.warning'), data: z.looseObject({ kind: z.string() }) }),
]);

export interface ProgressLine {
  /**
   * `probe` is one that ended, and a terminal needs only the last one; `live` is the one under way, and only a
   * terminal needs it; a `note` stays.
   */
  readonly kind: 'probe' | 'live' | 'note';
  readonly text: string;
}

export interface ProgressLines {
  /** Lines that are complete with this event. */
  push(event: unknown): readonly ProgressLine[];
  /** What still waited for an event. */
  end(): readonly ProgressLine[];
}

export function createProgressLines(): ProgressLines {
  let bracket = 'nothing shown yet';
  let waiting: string | undefined;

  function flush(): readonly ProgressLine[] {
    const line = waiting;
    waiting = undefined;
    return line === undefined ? [] : [{ kind: 'probe', text: `${line}  ${bracket}` }];
  }
  const note = (text: string): readonly ProgressLine[] => [...flush(), { kind: 'note', text }];

  return {
    push(given) {
      const parsed = eventSchema.safeParse(given);
      if (!parsed.success) return flush();
      const { type, data } = parsed.data;
      switch (type) {
        case 'search.plan':
          return note(data.sentence);
        case 'probe.finished': {
          const before = flush();
          waiting = probeLine(data.probe, data.load, data.requests, data.tiers[0]?.verdict ?? '?');
          return before;
        }
        case 'probe.voided':
          return [...flush(), { kind: 'probe', text: voidLine(data) }];
        case 'probe.progress': {
          const seconds = `${(data.elapsed_ms / 1_000).toFixed(0)} s`.padEnd(VERDICT_WIDTH);
          const text = `${probeHead(data.probe, data.load, data.requests)}  ${seconds}  ${bracket}`;
          return [...flush(), { kind: 'live', text }];
        }
        case 'bracket.changed':
          bracket = bracketWords(data.tiers[0]);
          return flush();
        case 'search.warning':
          return note(`warning: ${data.kind}`);
      }
    },
    end: flush,
  };
}

const NUMBER_WIDTH = 5;
const VERDICT_WIDTH = 12;

function probeLine(probe: number, load: number, requests: number, verdict: string): string {
  return `${probeHead(probe, load, requests)}  ${verdict.padEnd(VERDICT_WIDTH)}`;
}

function probeHead(probe: number, load: number, requests: number): string {
  return `probe ${pad(probe)}  load ${pad(load)}  requests ${pad(requests)}`;
}

function voidLine({
  probe,
  load,
  reason,
}: {
  probe: number;
  load: number;
  reason: string;
}): string {
  return `probe ${pad(probe)}  load ${pad(load)}  void: ${reason}`;
}

function pad(value: number): string {
  return String(value).padStart(NUMBER_WIDTH);
}

function bracketWords(
  tier: { capacity_at_least: number; capacity_below: number | null } | undefined,
): string {
  if (tier === undefined) return 'nothing shown yet';
  const below = tier.capacity_below === null ? '' : `${tier.capacity_below} fails`;
  const atLeast = tier.capacity_at_least === 0 ? '' : `at least ${tier.capacity_at_least}`;
  return [atLeast, below].filter((part) => part !== '').join(', ') || 'nothing shown yet';
}
