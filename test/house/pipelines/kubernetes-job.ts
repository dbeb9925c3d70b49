/**
 * A Job's controller as far as a gate sees it: pods one after another with the same uid, `backoffLimit` more
 * after a failure, none after an exit code that `podFailurePolicy` calls final, and a pod that may be taken
 * away with SIGTERM.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Ended, PipelineRig, Stage, Step } from './pipeline-rig.ts';

const jobSchema = z.object({
  spec: z.object({
    backoffLimit: z.number().default(6),
    podFailurePolicy: z.object({
      rules: z.array(
        z.object({
          action: z.literal('FailJob'),
          onExitCodes: z.object({ operator: z.literal('In'), values: z.array(z.number()) }),
        }),
      ),
    }),
    template: z.object({
      spec: z.object({
        restartPolicy: z.literal('Never'),
        containers: z
          .array(
            z.object({
              command: z.array(z.string()),
              args: z.array(z.string()),
              env: z.array(
                z.object({
                  name: z.string(),
                  value: z.string().optional(),
                  valueFrom: z.unknown().optional(),
                }),
              ),
            }),
          )
          .length(1),
      }),
    }),
  }),
});

export interface JobEnd {
  readonly condition: 'Complete' | 'Failed';
  readonly pods: readonly Ended[];
}

/** `onPod` may evict: it gets each pod as it starts. */
export async function runJob(
  rig: PipelineRig,
  manifest: unknown,
  stage: Stage,
  onPod: (pod: Step, index: number) => void = () => undefined,
): Promise<JobEnd> {
  const { backoffLimit, podFailurePolicy, template } = jobSchema.parse(manifest).spec;
  const [container] = template.spec.containers;
  if (container === undefined) throw new Error('no container');
  const uid = randomUUID();
  const env = Object.fromEntries(
    container.env.map(({ name, value, valueFrom }) => [name, value ?? fromField(valueFrom, uid)]),
  );
  const words = [...container.command, ...container.args].map((word) =>
    word.replaceAll(/\$\((\w+)\)/g, (whole, name: string) => env[name] ?? whole),
  );
  const final = podFailurePolicy.rules.flatMap((rule) => rule.onExitCodes.values);
  const pods: Ended[] = [];
  for (;;) {
    const pod = rig.start(words, stage, env);
    onPod(pod, pods.length);
    const ended = await pod.ended;
    pods.push(ended);
    if (ended.code === 0) return { condition: 'Complete', pods };
    if (final.includes(ended.code ?? -1) || pods.length > backoffLimit) {
      return { condition: 'Failed', pods };
    }
  }
}

function fromField(valueFrom: unknown, uid: string): string {
  return JSON.stringify(valueFrom).includes('batch.kubernetes.io/controller-uid') ? uid : 'secret';
}
