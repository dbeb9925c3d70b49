/**
 * Flagger's webhooks as its code has them (pkg/controller/webhook.go, scheduler.go): one POST with no header
 * of its own, `timeout` 10 s when not given, no retry; any status above 202, a time-out and a lost answer are
 * no. Each interval the rollback hooks are asked first, and any 2xx rolls back; then the gates of the traffic
 * one after the other, and any other answer waits without counting. Intervals are cut short.
 */
import { z } from 'zod';

const webhookSchema = z.object({
  name: z.string(),
  type: z.enum(['confirm-traffic-increase', 'rollback']),
  url: z.string(),
  timeout: z
    .string()
    .regex(/^\d+s$/)
    .default('10s'),
  metadata: z.record(z.string(), z.string()).default({}),
});
const canarySchema = z.object({ analysis: z.object({ webhooks: z.array(webhookSchema) }) });
type Webhook = z.infer<typeof webhookSchema>;

const SHORT_INTERVAL_MS = 20;
const MAX_STATUS = 202;

export interface Rollout {
  readonly end: 'advanced' | 'rolled back' | 'waiting';
  readonly intervals: number;
  /** What each call of the hooks got, in order; `lost` when no answer came. */
  readonly got: Readonly<Record<Webhook['type'], readonly Answer[]>>;
}
type Answer = number | 'lost';

/** `patience`: intervals after which the test stops looking at a canary that waits; or when `isOver` says so. */
export async function runCanary(
  canary: unknown,
  checksum: string,
  on: {
    readonly patience: number;
    readonly interval?: (n: number) => void;
    readonly isOver?: (got: Rollout['got']) => boolean;
  },
): Promise<Rollout> {
  const { webhooks } = canarySchema.parse(canary).analysis;
  const got = {
    'confirm-traffic-increase': [] as Answer[],
    rollback: [] as Answer[],
  };
  const isYes = async (hook: Webhook): Promise<boolean> => {
    const answer = await call(hook, checksum);
    got[hook.type].push(answer);
    return answer !== 'lost' && answer <= MAX_STATUS;
  };
  for (let n = 1; n <= on.patience; n++) {
    on.interval?.(n);
    for (const hook of webhooks.filter(({ type }) => type === 'rollback')) {
      if (await isYes(hook)) return { end: 'rolled back', intervals: n, got };
    }
    let goesOn = true;
    for (const hook of webhooks.filter(({ type }) => type === 'confirm-traffic-increase')) {
      goesOn = goesOn && (await isYes(hook));
    }
    if (goesOn) return { end: 'advanced', intervals: n, got };
    if (on.isOver?.(got) === true) return { end: 'waiting', intervals: n, got };
    await new Promise((resolve) => setTimeout(resolve, SHORT_INTERVAL_MS));
  }
  return { end: 'waiting', intervals: on.patience, got };
}

async function call({ url, timeout, metadata }: Webhook, checksum: string): Promise<Answer> {
  const body = { name: 'llm', namespace: 'prod', phase: 'Progressing', checksum, metadata };
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(Number.parseInt(timeout, 10) * 1_000),
    });
    await response.text();
    return response.status;
  } catch {
    return 'lost';
  }
}
