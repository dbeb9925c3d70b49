/**
 * Flagger's webhooks as its code has them (pkg/controller/webhook.go, scheduler.go): one POST with no header
 * of its own, `timeout` 10 s when not given, any status above 202 is no. Each interval the rollback hooks are
 * asked first, and any 2xx rolls back; then the gates of the traffic, and any other answer waits without
 * counting. Intervals are cut short.
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
}

/** `patience`: intervals after which the test stops looking at a canary that waits. */
export async function runCanary(
  canary: unknown,
  checksum: string,
  on: { readonly patience: number; readonly interval: (n: number) => void | Promise<void> },
): Promise<Rollout> {
  const { webhooks } = canarySchema.parse(canary).analysis;
  const call = (hook: Webhook): Promise<boolean> => isYes(hook, checksum);
  const of = (type: Webhook['type']): readonly Webhook[] =>
    webhooks.filter((hook) => hook.type === type);
  for (let n = 1; n <= on.patience; n++) {
    await on.interval(n);
    for (const hook of of('rollback')) {
      if (await call(hook)) return { end: 'rolled back', intervals: n };
    }
    const asked = await Promise.all(of('confirm-traffic-increase').map(call));
    if (asked.every((yes) => yes)) return { end: 'advanced', intervals: n };
    await new Promise((resolve) => setTimeout(resolve, SHORT_INTERVAL_MS));
  }
  return { end: 'waiting', intervals: on.patience };
}

async function isYes({ url, timeout, metadata }: Webhook, checksum: string): Promise<boolean> {
  const body = { name: 'llm', namespace: 'prod', phase: 'Progressing', checksum, metadata };
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(Number.parseInt(timeout, 10) * 1_000),
    });
    return response.status <= MAX_STATUS;
  } catch {
    return false;
  }
}
