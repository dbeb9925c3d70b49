/**
 * One question from its start to its answer: post it, follow it, read it. The first interrupt cancels
 * what runs and still returns what is known; a second one leaves at once (see `interrupts.ts`).
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { say } from '../exit.ts';
import { followEvents } from './follow-events.ts';
import type { InterruptSignal, Interrupts } from './interrupts.ts';
import type { ServiceClient } from './service-client.ts';

const summarySchema = z.looseObject({
  id: z.string(),
  state: z.string(),
  done: z.boolean(),
  verdict: z.string(),
  exit_code: z.number(),
  reason: z.string().nullable(),
  sentence: z.string(),
  axis: z.string(),
  capacity_at_least: z.number(),
  capacity_below: z.number().nullable(),
  capacity_estimate: z.number().nullable(),
  goodput_rps: z.number().nullable(),
  max_goodput_load: z.number().nullable(),
  max_goodput_rps: z.number().nullable(),
  probes: z.number(),
  requests: z.number(),
  load_seconds: z.number(),
  report_url: z.string().nullable(),
});
export type Summary = z.infer<typeof summarySchema>;

const askedSchema = z.looseObject({
  id: z.string(),
  summary: summarySchema,
  links: z.looseObject({
    self: z.string(),
    events: z.string(),
    cancel: z.string(),
    report: z.string().optional(),
  }),
});
export type Asked = z.infer<typeof askedSchema>;

export interface Question {
  readonly path: '/v1/searches' | '/v1/gates';
  readonly body: unknown;
  /** The person's own: someone may come back with it. */
  readonly idempotencyKey: string | undefined;
}

export interface Answer {
  readonly summary: Summary;
  /** The search or gate as the service gave it. */
  readonly whole: unknown;
  readonly reportPath: string;
  readonly interruptedBy?: InterruptSignal;
}

/** Longest hold that the service grants. */
const HOLD_SECONDS = 55;
/** The load stops within a second; a busy machine may take a few to write it down. */
const AFTER_CANCEL_MS = 8_000;

export async function ask(
  client: ServiceClient,
  question: Question,
  interrupts: Interrupts,
  on: { readonly started: (asked: Asked) => void; readonly event: (event: unknown) => void },
): Promise<Answer> {
  const key = question.idempotencyKey ?? `cli-${randomUUID()}`;
  const asked = askedSchema.parse(
    await client.json({
      method: 'POST',
      path: question.path,
      body: question.body,
      headers: { 'idempotency-key': key },
    }),
  );
  on.started(asked);
  if (client.embedded) await cancelLeftovers(client, asked.id);
  const hasComeBack = question.idempotencyKey !== undefined && !client.embedded;
  const interrupted = await interrupts.during(async (signal) => {
    await followEvents(client, asked.links.events, on.event, signal);
  });
  if (interrupted === undefined) return readAnswer(client, asked);
  // Another start under the same key joins this search (a replaced pod); if none comes, the lease ends it.
  if (interrupted === 'SIGINT' || !hasComeBack) {
    say('Cancelling; what is known follows. Ctrl-C again leaves at once.');
    await client.json({ method: 'POST', path: asked.links.cancel });
    const signal = AbortSignal.timeout(AFTER_CANCEL_MS);
    await followEvents(client, asked.links.events, on.event, signal).catch(() => undefined);
  } else {
    say('Left running: the same idempotency key gets it again; without anyone its lease ends it.');
  }
  const whole = await client.json({ method: 'GET', path: asked.links.self });
  return { ...answerOf(whole), interruptedBy: interrupted };
}

/** A path of the service's is of use to a person only with the service before it, and while that lives. */
export function withAddress(client: ServiceClient, summary: Summary): Summary {
  const { report_url: path } = summary;
  if (path === null || !path.startsWith('/')) return summary;
  return { ...summary, report_url: client.embedded ? null : `${client.url}${path}` };
}

async function readAnswer(client: ServiceClient, asked: Asked): Promise<Answer> {
  for (;;) {
    const headers = { prefer: `wait=${HOLD_SECONDS}` };
    const whole = await client.json({ method: 'GET', path: asked.links.self, headers });
    const answer = answerOf(whole);
    if (answer.summary.done) return answer;
  }
}

export function answerOf(whole: unknown): Answer {
  const { summary, links } = askedSchema.parse(whole);
  return { whole, summary, reportPath: links.report ?? `${links.self}/report` };
}

const itemsSchema = z.array(z.looseObject({ id: z.string() }));
const listSchema = z.looseObject({
  searches: itemsSchema.optional(),
  gates: itemsSchema.optional(),
});

/** What a killed command left in the folder would run on beside this question, and nobody reads it. */
async function cancelLeftovers(client: ServiceClient, ownId: string): Promise<void> {
  for (const place of ['/v1/searches', '/v1/gates']) {
    for (const state of ['running', 'queued']) {
      const list = await client.json({ method: 'GET', path: `${place}?state=${state}` });
      const { searches = [], gates = [] } = listSchema.parse(list);
      for (const { id } of [...searches, ...gates].filter((one) => one.id !== ownId)) {
        say(`Cancelled ${id}, which an earlier command left ${state}.`);
        await client.json({ method: 'POST', path: `${place}/${id}/cancel` });
      }
    }
  }
}
