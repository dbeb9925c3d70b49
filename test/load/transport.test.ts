/** What the connections promise: pinned address, Host and SNI kept, TLS checked, nothing in silence. */
import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bodyForm, retryAfterSeconds } from '../../src/load/response-head.ts';
import { outcomeOfFailure } from '../../src/load/transport-failure.ts';
import { createOneSender, type OneSender } from './one-sender.ts';
import {
  chunk,
  content,
  DONE,
  FINISH,
  goodStream,
  LAST_CHUNK,
  type Script,
  type ScriptedTarget,
  STREAM_HEAD,
  startTarget,
} from './scripted-target.ts';

const file = (name: string): string =>
  readFileSync(new URL(`./certificates/${name}.pem`, import.meta.url), 'utf8');

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.stop();
});

describe('a pinned connection', () => {
  it('goes to the address whatever the name stands for, and keeps the name as Host', async () => {
    const target = await startTarget((socket) => socket.write(goodStream(1)));
    const one = createOneSender({ baseUrl: `http://no-such-host.invalid:${target.port}/base/v1` });
    open.push({ stop: () => one.close() }, target);
    expect((await one.request()).outcome).toBe('ok');
    expect(target.requests[0]?.head).toContain(`host: no-such-host.invalid:${target.port}`);
    expect(target.requests[0]?.head).toMatch(/^POST \/base\/v1\/chat\/completions /);
  });

  it('sends the headers it was given', async () => {
    const target = await startTarget((socket) => socket.write(goodStream(1)));
    const one = createOneSender({
      baseUrl: `http://127.0.0.1:${target.port}/v1`,
      headers: { authorization: 'Bearer s3cret' },
      endpoint: 'messages',
    });
    open.push({ stop: () => one.close() }, target);
    await one.request();
    expect(target.requests[0]?.head).toContain('authorization: Bearer s3cret');
    expect(target.requests[0]?.head).toContain('anthropic-version: 2023-06-01');
    expect(target.requests[0]?.head).toMatch(/^POST \/v1\/messages /);
  });
});

describe('over TLS', () => {
  const before = getCACertificates('default');
  beforeAll(() => setDefaultCACertificates([...before, file('ca')]));
  afterAll(() => setDefaultCACertificates(before));

  async function tls(
    host: string,
    script: Script = (socket) => socket.write(goodStream(2)),
  ): Promise<{ target: ScriptedTarget; one: OneSender; names: string[] }> {
    const names: string[] = [];
    const target = await startTarget(script, {
      key: file('key'),
      cert: file('certificate'),
      ALPNProtocols: ['h2', 'http/1.1'],
      SNICallback(name, done) {
        names.push(name);
        done(null);
      },
    });
    const one = createOneSender({ baseUrl: `https://${host}:${target.port}/v1` });
    open.push({ stop: () => one.close() }, target);
    return { target, one, names };
  }

  it('asks for the name, checks it, and speaks HTTP/1.1 only', async () => {
    const { one, target, names } = await tls('inference.test');
    expect((await one.request()).outcome).toBe('ok');
    expect((await one.request()).outcome).toBe('ok');
    expect(names).toEqual(['inference.test']);
    expect(target.opened).toBe(1);
  });

  it('reads chunks in reads of their own', async () => {
    const { one } = await tls('inference.test', (socket) => {
      const writes = [STREAM_HEAD, ...['a', 'b', 'c'].map((text) => chunk(content(text)))];
      const next = (): void => {
        const bytes = writes.shift();
        if (bytes !== undefined) socket.write(bytes, () => setImmediate(next));
        else socket.write(Buffer.concat([chunk(FINISH + DONE), Buffer.from(LAST_CHUNK)]));
      };
      next();
    });
    for (let i = 0; i < 2; i++) {
      const { outcome, stream } = await one.request();
      expect([outcome, stream.answer.chunkCount]).toEqual(['ok', 3]);
    }
  });

  it('refuses a certificate for another name', async () => {
    const { one, target } = await tls('other.test');
    expect((await one.request()).outcome).toBe('tls_error');
    expect(target.requests).toHaveLength(0);
  });
});

describe('failures by code', () => {
  const sent = { sent: true, answered: false, reused: false, tls: false };
  const withCode = (code: string): Error => Object.assign(new Error(code), { code });

  it.each([
    ['ECONNREFUSED', 'refused'],
    ['EADDRNOTAVAIL', 'unsent'],
    ['EMFILE', 'unsent'],
    ['ENOTFOUND', 'dns_error'],
    ['ETIMEDOUT', 'connect_timeout'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls_error'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls_error'],
    ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'malformed'],
    ['ECONNRESET', 'reset'],
    ['EPIPE', 'reset'],
    ['ANYTHING', 'reset'],
  ])('%s', (code, outcome) => {
    expect(outcomeOfFailure(withCode(code), sent)).toBe(outcome);
    expect(outcomeOfFailure(new Error('x', { cause: withCode(code) }), sent)).toBe(outcome);
    expect(outcomeOfFailure(new AggregateError([withCode(code)]), sent)).toBe(outcome);
  });

  it('takes a reset for stale only before the first byte on a used connection', () => {
    const gone = withCode('ECONNRESET');
    expect(outcomeOfFailure(gone, { ...sent, reused: true })).toBe('stale_connection');
    expect(outcomeOfFailure(gone, { ...sent, reused: true, answered: true })).toBe('reset');
  });

  it('survives causes in a circle', () => {
    const error = new Error('a');
    error.cause = error;
    expect(outcomeOfFailure(error, sent)).toBe('reset');
  });
});

describe('heads of answers', () => {
  it.each([
    [{ 'content-type': 'text/event-stream; charset=utf-8' }, 'stream'],
    [{}, 'stream'],
    [{ 'content-type': 'text/plain' }, 'stream'],
    [{ 'content-type': 'application/json' }, 'body'],
    [{ 'content-type': 'application/problem+json' }, 'body'],
    [{ 'content-type': 'Text/HTML' }, 'foreign'],
    [{ 'content-type': 'text/event-stream', 'content-encoding': 'br' }, 'foreign'],
    [{ 'content-type': 'text/event-stream', 'content-encoding': 'identity' }, 'stream'],
  ])('%j', (headers, form) => {
    expect(bodyForm(headers)).toBe(form);
  });

  it.each([
    ['7', 7],
    ['0', 0],
    ['Wed, 21 Oct 2026 07:28:00 GMT', -1],
    ['-1', -1],
    ['99999999999', -1],
    [undefined, -1],
  ])('retry-after %s', (value, seconds) => {
    expect(retryAfterSeconds(value)).toBe(seconds);
  });
});
