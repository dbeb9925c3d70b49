import { expect, test } from 'vitest';
import { isLoopbackHost, originRefusal } from '../../../src/service/http/guard-origin.ts';

test.each([
  ['localhost:8080', undefined, undefined],
  ['127.0.0.1:8080', undefined, undefined],
  ['127.1.2.3', undefined, undefined],
  ['[::1]:8080', undefined, undefined],
  ['localhost:8080', 'http://localhost:8080', undefined],
  ['localhost:8080', 'http://localhost:9090', 'cross_origin'],
  ['localhost:8080', 'https://evil.example', 'cross_origin'],
  ['localhost:8080', 'null', 'cross_origin'],
  ['evil.example:8080', undefined, 'misdirected_request'],
  ['127.0.0.1.evil.example', undefined, 'misdirected_request'],
  ['localhost.evil.example', undefined, 'misdirected_request'],
  ['', undefined, 'misdirected_request'],
])('host %s, origin %s: %s', (host, origin, expected) => {
  const headers = new Headers(origin === undefined ? {} : { origin });
  expect(originRefusal(headers, host)).toBe(expected);
});

test.each([
  ['127.0.0.1', true],
  ['localhost', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.168.0.1', false],
  ['127.0.0.1.example', false],
])('%s', (host, expected) => {
  expect(isLoopbackHost(host)).toBe(expected);
});
