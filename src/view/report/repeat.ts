/** How to ask the same again: commands that can be pasted into a shell, whatever the question holds. */
import type { Repeat } from './report-source.ts';

/** POSIX quoting: nothing has a meaning between single quotes but the quote itself. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

export function curlCommand({ path, question }: Repeat): string {
  const body = JSON.stringify(question, null, 2);
  return `curl -sS "$PLIMSOLL_URL${path}" -H 'Content-Type: application/json' -d ${shellQuoted(body)}`;
}
