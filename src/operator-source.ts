/**
 * The operator's file while the service runs: read at the start, where a fault keeps the service from
 * starting, and again on demand, where a fault keeps what was there before. A reload never takes the need
 * for keys away: whoever wants a service without keys starts one.
 */
import { readFileSync } from 'node:fs';
import type { Fault } from './core/base/fault.ts';
import { err, ok, type Result } from './core/base/result.ts';
import { NO_OPERATOR, needsCredentials, type Operator } from './service/access/operator.ts';
import { parseOperatorFile } from './service/access/operator-file.ts';

export interface OperatorSource {
  readonly current: () => Operator;
  /** The text says what kept the old one. */
  reload(): Result<Operator, string>;
}

export function openOperatorSource(file: string | undefined): Result<OperatorSource, string> {
  const first = read(file);
  if (!first.ok) return first;
  let operator = first.value;
  return ok({
    current: () => operator,
    reload() {
      const next = read(file);
      if (!next.ok) return next;
      if (needsCredentials(operator) && !needsCredentials(next.value)) {
        return err(
          `${file} names no key and no issuer any more: restart the service to run without`,
        );
      }
      operator = next.value;
      return next;
    },
  });
}

function read(file: string | undefined): Result<Operator, string> {
  if (file === undefined) return ok(NO_OPERATOR);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return err(`PLIMSOLL_OPERATOR_FILE cannot be read: ${why}`);
  }
  const parsed = parseOperatorFile(text);
  return parsed.ok ? parsed : err(`${file} is not valid:\n${parsed.error.map(line).join('\n')}`);
}

function line({ pointer, expected, received, line: row = 1, column = 1 }: Fault): string {
  return `  line ${row}, column ${column} (${pointer || '/'}): expected ${expected}, got ${received}`;
}
