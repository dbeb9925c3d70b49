/**
 * Logs: one JSON line an event on stderr (stdout belongs to results), with what could hold a secret
 * cut out before it is written, whatever the caller passed.
 */
import { type DestinationStream, type Logger, pino } from 'pino';
import type { Config } from './config.ts';

/** At the top and one level down: where headers, targets and environments are logged. */
const SECRET_KEYS = [
  'authorization',
  'cookie',
  'api_key',
  'apiKey',
  'password',
  'secret',
  'token',
  'headers',
];

const STDERR = 2;

export function createLogger(
  level: Config['logLevel'],
  destination: DestinationStream = pino.destination({ dest: STDERR, sync: true }),
): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]),
        censor: '[redacted]',
      },
    },
    destination,
  );
}
