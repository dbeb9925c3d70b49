import { expect, test } from 'vitest';
import { createLogger } from '../../src/telemetry.ts';

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
