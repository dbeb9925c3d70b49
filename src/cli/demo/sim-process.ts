/** The demo's simulated server, as a process of its own: it must not share a thread with its client. */
import { readOptions } from '../args/read-options.ts';
import { command } from '../commands/sim.ts';

const given = readOptions(command, process.argv.slice(2));
if (!given.ok) throw new Error(given.error.join('\n'));
process.exitCode = await command.run(given.value);
