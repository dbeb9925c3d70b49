/**
 * Logs: one JSON line an event on stderr (stdout belongs to results), with what could hold a secret
 * cut out before it is written, whatever the caller passed.
 */
import { type DestinationStream, type Logger, pino } from 'pino';
import type { Config } from './config.ts';
import { parseTraceparent } from './core/base/trace-context.ts';
import type { RunMeter } from './service/runner/watch/run-meter.ts';

/** At the top and two levels down: where headers, targets and environments are logged. */
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
        paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
        censor: '[redacted]',
      },
    },
    destination,
  );
}

/** A line for each change of a search and each burst, told before they are counted. */
export function loggedMeter(log: Logger, meter: RunMeter): RunMeter {
  return {
    moved(search) {
      const { id: searchId, state, reason, trace } = search;
      const traceId =
        trace === undefined ? undefined : parseTraceparent(trace.traceparent)?.traceId;
      const target = search.question.target.baseUrl;
      log.info({ searchId, state, reason, target, traceId }, 'search');
      meter.moved(search);
    },
    probeFinished(finish) {
      const { searchId, probe, attempt, report } = finish;
      const { load, end, requests, voided } = report;
      log.debug({ searchId, probe, attempt, load, end, requests, voided }, 'probe');
      meter.probeFinished(finish);
    },
    wasted(kind, cost) {
      log.warn({ kind, ...cost }, 'a burst that says nothing');
      meter.wasted(kind, cost);
    },
  };
}
