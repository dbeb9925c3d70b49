/** Workers as real processes over a real database. */
import type { SessionPlan } from '../../../src/load/port.ts';
import { type PlanChoices, planOf } from '../../load/one-sender.ts';
import { type Program, run } from '../../main/processes.ts';

export interface StartedWorker {
  readonly program: Program;
  readonly id: string;
}

export async function startWorker(database: string): Promise<StartedWorker> {
  const program = run('src/cli/plimsoll.ts', ['worker'], { PLIMSOLL_DATABASE_URL: database });
  const [, id = ''] = await program.says(/worker (\w+) waits/);
  return { program, id };
}

export function planFor(target: PlanChoices, generators: number): SessionPlan {
  return { ...planOf({ ...target, limits: { maxRequests: 1_000_000 } }), generators };
}
