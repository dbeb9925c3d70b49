/** A pool of worker threads for the bench: one a core, tasks in order, the first error ends it all. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Task, TaskAnswer } from './search-task.ts';

export async function runAll(
  tasks: readonly Task[],
  onAnswer: (index: number, answer: TaskAnswer) => void,
  cores: number = availableParallelism(),
): Promise<void> {
  let nextTask = 0;
  const workers: Worker[] = [];
  try {
    await Promise.all(
      Array.from({ length: Math.min(cores, tasks.length) }, async () => {
        const worker = new Worker(new URL('./search-worker.ts', import.meta.url));
        workers.push(worker);
        while (nextTask < tasks.length) {
          const id = nextTask++;
          const answer = await ask(worker, id, tasks[id] as Task);
          onAnswer(id, answer);
        }
      }),
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function ask(worker: Worker, id: number, task: Task): Promise<TaskAnswer> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: { id: number; answer: TaskAnswer }): void => {
      worker.off('error', reject);
      resolve(message.answer);
    };
    worker.once('message', onMessage);
    worker.once('error', reject);
    worker.postMessage({ id, task });
  });
}
