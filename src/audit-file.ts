/**
 * The audit lines on disk: JSON, one a line, appended and never rewritten by us, readable by the owner
 * alone. What cannot be written is told to the log, and does not stop a stop.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { pino } from 'pino';
import type { Audit } from './service/access/audit.ts';

const OWNER_ONLY = 0o600;

export interface AuditFile extends Audit {
  /** After somebody has moved the file away (logrotate). */
  reopen(): void;
}

export function openAuditFile(file: string, onError: (error: unknown) => void): AuditFile {
  mkdirSync(dirname(file), { recursive: true });
  // Synchronous: a line is there before the load that it tells of.
  const destination = pino.destination({ dest: file, append: true, sync: true, mode: OWNER_ONLY });
  destination.on('error', onError);
  const lines = pino(
    {
      base: { audit: true },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return {
    record(entry) {
      try {
        lines.info(entry);
      } catch (error) {
        onError(error);
      }
    },
    reopen: () => destination.reopen(),
  };
}
