import { expect, test } from 'vitest';
import { NO_METER } from '../../src/service/runner/watch/run-meter.ts';
import { createLogger, loggedMeter } from '../../src/telemetry.ts';
import { finish, newSearch } from '../service/store/samples.ts';

test('one JSON line an event, without secrets', () => {
  const lines: string[] = [];
  const log = createLogger('info', { write: (line: string) => void lines.push(line) });
  log.info({ target: { api_key: 's3cret', model: 'm' }, authorization: 'Bearer s3cret' }, 'start');
  log.info({ headers: { authorization: 'Bearer s3cret' } }, 'send');
  log.debug('not at this level');
  expect(lines).toHaveLength(2);
  expect(lines.join()).not.toContain('s3cret');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'info',
    msg: 'start',
    target: { api_key: '[redacted]', model: 'm' },
  });
});

test('a line for each change of a search and each burst', () => {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('debug', { write: (line: string) => void lines.push(JSON.parse(line)) });
  const meter = loggedMeter(log, NO_METER);
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const trace = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
  meter.moved({ ...newSearch('a', { trace }), kind: 'search', state: 'running', version: 1 });
  meter.probeFinished(finish('a', 0, 1));
  meter.wasted('spoilt', { loadMs: 1_000, requests: 5, outputTokens: 0 });
  expect(lines).toMatchObject([
    { level: 'info', msg: 'search', searchId: 'a', state: 'running', traceId },
    { level: 'debug', msg: 'probe', searchId: 'a', probe: 0, attempt: 1 },
    { level: 'warn', kind: 'spoilt', requests: 5 },
  ]);
});
