import { describe, expect, test } from 'vitest';
import { checkSecretRef, secretHeaders } from '../../../src/service/access/secret-ref.ts';

const PREFIX = 'PLIMSOLL_TARGET_';
const source = {
  prefix: PREFIX,
  env: {
    PLIMSOLL_TARGET_KEY: 'sk-123',
    PLIMSOLL_TARGET_EMPTY: '',
    PLIMSOLL_TARGET_SPLIT: 'a\r\nx-evil: 1',
    HOME: '/root',
  },
};

describe('credentials by reference', () => {
  test('a reference under the prefix becomes a bearer header', () => {
    expect(checkSecretRef('env:PLIMSOLL_TARGET_KEY', PREFIX)).toEqual([]);
    expect(secretHeaders('env:PLIMSOLL_TARGET_KEY', source)).toEqual({
      ok: true,
      value: { authorization: 'Bearer sk-123' },
    });
  });

  test('no reference, no header', () => {
    expect(secretHeaders(undefined, source)).toEqual({ ok: true, value: {} });
  });

  test.each([
    'env:HOME',
    'env:plimsoll_target_key',
    'env:XPLIMSOLL_TARGET_KEY',
    'file:/etc/shadow',
    'PLIMSOLL_TARGET_KEY',
    'env:',
    'env:PLIMSOLL_TARGET_KEY\nX',
    'sk-a-secret-in-the-wrong-place',
  ])('%j is refused, before and at the start', (reference) => {
    const faults = checkSecretRef(reference, PREFIX);
    expect(faults).toMatchObject([{ pointer: '/target/api_key_ref' }]);
    expect(JSON.stringify(faults)).not.toContain('sk-a-secret');
    expect(secretHeaders(reference, source).ok).toBe(false);
  });

  test.each(['env:PLIMSOLL_TARGET_GONE', 'env:PLIMSOLL_TARGET_EMPTY', 'env:PLIMSOLL_TARGET_SPLIT'])(
    '%s names a secret that cannot be used, and does not show it',
    (reference) => {
      const headers = secretHeaders(reference, source);
      expect(headers.ok).toBe(false);
      expect(JSON.stringify(headers)).not.toContain('evil');
    },
  );
});
