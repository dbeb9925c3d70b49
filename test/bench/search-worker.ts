/** The worker thread of the search bench: answers tasks until it is told to end. */
import { parentPort } from 'node:worker_threads';
import { runTask, type Task } from './search-task.ts';

parentPort?.on('message', ({ id, task }: { id: number; task: Task }) => {
  parentPort?.postMessage({ id, answer: runTask(task) });
});
