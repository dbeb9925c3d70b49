/** Credentials by reference: what is let through, what is refused, and that no refusal repeats a secret. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  checkSecretRef,
  DEFAULT_SECRET_RULES,
  secretHeaders,
} from '../../../src/service/access/secret-ref.ts';

const source = {
  rules: () => DEFAULT_SECRET_RULES,
  env: {
    PLIMSOLL_TARGET_KEY: 'sk-123',
    PLIMSOLL_TARGET_EMPTY: '',
    PLIMSOLL_TARGET_SPLIT: 'a\r\nx-evil: 1',
    HOME: '/root',
  },
};

describe('from the environment', () => {
  test('a reference under the prefix becomes a bearer header', async () => {
    expect(checkSecretRef('env:PLIMSOLL_TARGET_KEY', source.rules())).toEqual([]);
    expect(await secretHeaders('env:PLIMSOLL_TARGET_KEY', source)).toEqual({
      ok: true,
      value: { authorization: 'Bearer sk-123' },
    });
  });

  test('no reference, no header', async () => {
    expect(await secretHeaders(undefined, source)).toEqual({ ok: true, value: {} });
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
  ])('%j is refused, before and at the start', async (reference) => {
    const faults = checkSecretRef(reference, source.rules());
    expect(faults).toMatchObject([{ pointer: '/target/api_key_ref' }]);
    expect(JSON.stringify(faults)).not.toContain('sk-a-secret');
    expect((await secretHeaders(reference, source)).ok).toBe(false);
  });

  test.each(['env:PLIMSOLL_TARGET_GONE', 'env:PLIMSOLL_TARGET_EMPTY', 'env:PLIMSOLL_TARGET_SPLIT'])(
    '%s names a secret that cannot be used, and does not show it',
    async (reference) => {
      const headers = await secretHeaders(reference, source);
      expect(headers.ok).toBe(false);
      expect(JSON.stringify(headers)).not.toContain('evil');
    },
  );
});

describe('from a folder that the operator allows', () => {
  let root: string;
  let folder: string;
  const from = () => ({ rules: () => ({ envPrefixes: [], fileFolders: [folder] }), env: {} });
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'plimsoll-secrets-'));
    folder = join(root, 'allowed');
    mkdirSync(join(folder, '..data'), { recursive: true });
    writeFileSync(join(folder, '..data', 'key'), 'sk-from-a-file\n');
    symlinkSync('..data/key', join(folder, 'key'));
    writeFileSync(join(root, 'outside'), 'sk-outside');
    symlinkSync('../outside', join(folder, 'way-out'));
    mkdirSync(join(root, 'allowed-too'));
    writeFileSync(join(root, 'allowed-too', 'key'), 'sk-outside');
    writeFileSync(join(folder, 'empty'), '\n');
    writeFileSync(join(folder, 'large'), 'x'.repeat(20_000));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  test('its content without the line end, through links inside the folder', async () => {
    const reference = `file:${folder}/key`;
    expect(checkSecretRef(reference, from().rules())).toEqual([]);
    expect(await secretHeaders(reference, from())).toEqual({
      ok: true,
      value: { authorization: 'Bearer sk-from-a-file' },
    });
  });

  test.each(['/../outside', '/./key', '//key', '-too/key', ''])(
    'the path %j is refused before anything is read',
    async (path) => {
      expect(checkSecretRef(`file:${folder}${path}`, from().rules())).toHaveLength(1);
      expect(await secretHeaders(`file:${folder}${path}`, from())).toMatchObject({
        ok: false,
        error: expect.stringContaining('is not one of'),
      });
    },
  );

  test.each([
    ['/way-out', 'leads out'],
    ['/empty', 'is empty'],
    ['/large', 'no file of a secret'],
    ['/..data', 'no file of a secret'],
    ['/gone', 'ENOENT'],
  ])('%s: %s, and no content in the answer', async (path, why) => {
    const refused = await secretHeaders(`file:${folder}${path}`, from());
    expect(refused).toMatchObject({ ok: false, error: expect.stringContaining(why) });
    expect(JSON.stringify(refused)).not.toContain('sk-');
  });
});
