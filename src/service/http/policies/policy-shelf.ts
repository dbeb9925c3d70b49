/** The policies of a folder, read once at the start: all of them right, or all that is wrong. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { err, ok, type Result } from '../../../core/base/result.ts';
import { type PolicyFile, parsePolicyFile } from '../../../core/policy/policy-file.ts';

/** Far more than anyone would name in a request. */
const MAX_POLICIES = 1_000;

export type PolicyShelf = ReadonlyMap<string, PolicyFile>;

/** The error is text for the operator: one line for each fault, with file, line and column. */
export function readPolicyShelf(folder: string): Result<PolicyShelf, string> {
  let files: readonly string[];
  try {
    files = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  } catch (error) {
    return err(`cannot read the policies in ${folder}: ${String(error)}`);
  }
  if (files.length > MAX_POLICIES) {
    return err(`${folder} holds ${files.length} policies; at most ${MAX_POLICIES} are read`);
  }
  const shelf = new Map<string, PolicyFile>();
  const faults: string[] = [];
  for (const file of [...files].sort()) {
    const path = join(folder, file);
    const parsed = parsePolicyFile(readFileSync(path, 'utf8'));
    if (!parsed.ok) {
      for (const { line, column, pointer, expected, received } of parsed.error) {
        const place = `${path}:${line ?? 1}:${column ?? 1}`;
        faults.push(`${place} ${pointer}: expected ${expected}, got ${received}`);
      }
    } else if (shelf.has(parsed.value.name)) {
      faults.push(`${path}: there is a policy ${parsed.value.name} already`);
    } else {
      shelf.set(parsed.value.name, parsed.value);
    }
  }
  return faults.length > 0 ? err(faults.join('\n')) : ok(shelf);
}
