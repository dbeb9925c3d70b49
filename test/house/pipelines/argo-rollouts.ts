/**
 * Argo Rollouts' web metric provider as its code and docs have it (metricproviders/webmetric,
 * utils/evaluate, analysis/analysis.go): one measurement at a time, `timeoutSeconds` 10 when not given, any
 * answer that is not 2xx is an Error, an Error is measured again every 10 s until there are more than
 * `consecutiveErrorLimit` (4) in a row, and the conditions decide what a value means. Waits are cut short.
 */
import { z } from 'zod';

const metricSchema = z.object({
  successCondition: z.string().optional(),
  failureCondition: z.string().optional(),
  consecutiveErrorLimit: z.number().default(4),
  provider: z.object({
    web: z.object({
      method: z.enum(['GET', 'POST', 'PUT']).default('GET'),
      url: z.string(),
      timeoutSeconds: z.number().default(10),
      headers: z.array(z.object({ key: z.string(), value: z.string() })).default([]),
      jsonPath: z.string(),
      jsonBody: z.unknown().optional(),
    }),
  }),
});
const templateSchema = z.object({ spec: z.object({ metrics: z.array(z.unknown()).length(1) }) });
type Metric = z.infer<typeof metricSchema>;
type Phase = 'Successful' | 'Failed' | 'Inconclusive' | 'Error';

/** A minute of theirs; `Prefer: wait` counts whole seconds, so this is the shortest wait there is. */
const SHORT_MINUTE_MS = 1_200;
const SHORT_RETRY_MS = 20;

export interface Analysis {
  readonly phase: Phase;
  /** The phase of each measurement, in order. */
  readonly measured: readonly Phase[];
}

export async function runAnalysis(
  template: unknown,
  args: Readonly<Record<string, string>>,
  on: { readonly change?: (metric: Metric) => void; readonly measured: (phase: Phase) => void },
): Promise<Analysis> {
  const text = JSON.stringify(templateSchema.parse(template).spec.metrics[0]);
  const filled = text.replaceAll(/\{\{args\.([\w-]+)\}\}/g, (_, name: string) => args[name] ?? '');
  const metric = metricSchema.parse(JSON.parse(filled));
  on.change?.(metric);
  const measured: Phase[] = [];
  let errorsInARow = 0;
  for (;;) {
    const phase = await measure(metric);
    measured.push(phase);
    on.measured(phase);
    if (phase !== 'Error') return { phase, measured };
    errorsInARow += 1;
    if (errorsInARow > metric.consecutiveErrorLimit) return { phase, measured };
    await new Promise((resolve) => setTimeout(resolve, SHORT_RETRY_MS));
  }
}

async function measure({ provider: { web }, ...metric }: Metric): Promise<Phase> {
  const headers = new Headers(web.headers.map(({ key, value }) => [key, shortWait(value)]));
  if (web.jsonBody !== undefined) headers.set('content-type', 'application/json');
  try {
    const response = await fetch(web.url, {
      method: web.method,
      headers,
      body: web.jsonBody === undefined ? null : JSON.stringify(web.jsonBody),
      signal: AbortSignal.timeout((web.timeoutSeconds / 60) * SHORT_MINUTE_MS),
    });
    const text = await response.text();
    if (!response.ok) return 'Error';
    return judge(metric, valueAt(JSON.parse(text), web.jsonPath));
  } catch {
    return 'Error';
  }
}

function shortWait(value: string): string {
  return value.replace(/^wait=\d+$/, 'wait=1');
}

/** `{$.summary.verdict}`; a key that is missing throws, which Argo counts as an Error. */
function valueAt(answer: unknown, path: string): unknown {
  const keys = /^\{\$((?:\.\w+)+)\}$/.exec(path)?.[1]?.slice(1).split('.');
  if (keys === undefined) throw new Error(`a path that this emulation does not know: ${path}`);
  return keys.reduce((value, key) => {
    if (typeof value !== 'object' || value === null || !(key in value))
      throw new Error(`no ${key}`);
    return Object(value)[key];
  }, answer);
}

/** Both conditions: neither true is Inconclusive. One alone: its opposite decides. */
function judge(
  metric: Pick<Metric, 'successCondition' | 'failureCondition'>,
  result: unknown,
): Phase {
  const { successCondition: success, failureCondition: failure } = metric;
  if (failure !== undefined && holds(failure, result)) return 'Failed';
  if (success !== undefined && holds(success, result)) return 'Successful';
  if (success !== undefined && failure !== undefined) return 'Inconclusive';
  return success === undefined ? 'Successful' : 'Failed';
}

function holds(condition: string, result: unknown): boolean {
  const wanted = /^result == "(\w+)"$/.exec(condition)?.[1];
  if (wanted === undefined) throw new Error(`a condition that is not emulated: ${condition}`);
  return result === wanted;
}
