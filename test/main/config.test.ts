import { expect, test } from 'vitest';
import { faultLines, readConfig } from '../../src/config.ts';

test('defaults', () => {
  expect(readConfig({ PATH: '/bin' })).toMatchObject({
    ok: true,
    value: { host: '127.0.0.1', port: 8080, dataDir: './data', logLevel: 'info', maxQueued: 100 },
  });
});

test('values', () => {
  const env = {
    PLIMSOLL_PORT: '0',
    PLIMSOLL_HOST: '::1',
    PLIMSOLL_DATA_DIR: '/var/lib/plimsoll',
    PLIMSOLL_POLICIES_DIR: '/etc/plimsoll',
    PLIMSOLL_LOG_LEVEL: 'debug',
    PLIMSOLL_MAX_CONCURRENCY: '64',
    PLIMSOLL_TARGET_VLLM_KEY: 's3cret',
  };
  expect(readConfig(env)).toMatchObject({
    ok: true,
    value: {
      host: '::1',
      port: 0,
      policiesDir: '/etc/plimsoll',
      logLevel: 'debug',
      limits: { maxConcurrency: 64, maxRequests: 1_000_000 },
    },
  });
});

test('all faults at once, and no value of an unknown name', () => {
  const read = readConfig({
    PLIMSOLL_PORT: '80a',
    PLIMSOLL_LOG_LEVEL: 'loud',
    PLIMSOLL_MAX_QUEUED: '1e3',
    PLIMSOLL_HOST: '',
    PLIMSOLL_TARGT_KEY: 's3cret',
  });
  expect(read.ok).toBe(false);
  if (read.ok) return;
  expect(read.error.map((fault) => fault.pointer).sort()).toEqual([
    'env:PLIMSOLL_HOST',
    'env:PLIMSOLL_LOG_LEVEL',
    'env:PLIMSOLL_MAX_QUEUED',
    'env:PLIMSOLL_PORT',
    'env:PLIMSOLL_TARGT_KEY',
  ]);
  expect(faultLines(read.error)).not.toContain('s3cret');
  expect(faultLines(read.error).split('\n')).toHaveLength(5);
});

test('load comes from workers where there is a database, unless it is told not to', () => {
  const from = (env: Record<string, string>) => {
    const read = readConfig(env);
    return read.ok ? read.value.loadFrom : faultLines(read.error);
  };
  const PLIMSOLL_DATABASE_URL = 'postgres://plimsoll:s3cret@db/plimsoll';
  expect(from({})).toBe('service');
  expect(from({ PLIMSOLL_DATABASE_URL })).toBe('workers');
  expect(from({ PLIMSOLL_DATABASE_URL, PLIMSOLL_LOAD_FROM: 'service' })).toBe('service');
  expect(from({ PLIMSOLL_LOAD_FROM: 'workers' })).toContain('env:PLIMSOLL_DATABASE_URL');
});
