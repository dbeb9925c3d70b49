/** What of a person's environment is for a service that a command starts, and what is for the command. */

/** Read by commands alone; the service refuses names that it does not know. */
const OF_COMMANDS = new Set(['PLIMSOLL_URL', 'PLIMSOLL_TOKEN', 'PLIMSOLL_TOKEN_FILE']);

export function serviceEnv(env: NodeJS.ProcessEnv): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !OF_COMMANDS.has(name)) kept[name] = value;
  }
  return kept;
}
