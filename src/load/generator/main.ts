/**
 * The generator process. It does what its parent says over IPC and holds nothing that outlives it: when
 * the parent goes away, even by kill -9, the channel closes and the process ends at once, so that no
 * load is ever left without an owner.
 */
import type { Command, Reply } from '../protocol.ts';
import { type GeneratorSession, openSession } from './session.ts';

let session: GeneratorSession | undefined;

function reply(message: Reply): void {
  process.send?.(message);
}

async function obey(command: Command): Promise<void> {
  switch (command.kind) {
    case 'open':
      session = await openSession(command);
      reply({ kind: 'ready' });
      return;
    case 'load':
      session?.load(command);
      return;
    case 'pause':
      session?.pause();
      return;
    case 'look':
      if (session !== undefined) reply(session.look(command));
      return;
    case 'close':
      await session?.close();
      process.exit(0);
  }
}

process.on('disconnect', () => process.exit(1));
// Ctrl-C goes to the whole group; the parent decides when load ends, and its end ends this process.
process.on('SIGINT', () => undefined);
process.on('message', (command: Command) => {
  obey(command).catch((error: unknown) => {
    reply({ kind: 'fault', message: error instanceof Error ? error.message : String(error) });
  });
});
