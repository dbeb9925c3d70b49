/**
 * The attack table: each row is a request over a real socket and how it must end. The operator of this
 * service has allowed all that can be allowed, so what is refused here is refused whatever a file says.
 */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Ask, bodyOf, createGuardedRig, type GuardedRig } from './guarded-rig.ts';

const NAMES: Readonly<Record<string, readonly string[]>> = {
  localhost: ['127.0.0.1', '::1'],
  'good.test': ['10.0.0.7'],
  'metadata.test': ['169.254.169.254'],
  'half.test': ['10.0.0.7', '169.254.169.254'],
  'half-six.test': ['10.0.0.7', 'fe80::1'],
  'mapped.test': ['::ffff:169.254.169.254'],
  'nat64.test': ['64:ff9b::a9fe:a9fe'],
  'zone.test': ['fe80::1%eth0'],
  'nothing.test': [],
  'many.test': Array.from({ length: 65 }, (_, i) => `10.0.1.${i}`),
  'metadata.google.internal.': ['169.254.169.254'],
};

let guarded: GuardedRig;
beforeAll(async () => {
  guarded = await createGuardedRig(
    (issuer) => `
targets:
  - { hosts: ['**.test', '**.internal', localhost, '*'], ports: [80, 8000], addresses: ['0.0.0.0/0', '::/0'] }
  - { ports: [80, 8000], addresses: ['0.0.0.0/0', '::/0'] }
secrets: { env_prefixes: [PLIMSOLL_TARGET_], file_folders: [/run/secrets/plimsoll] }
oidc:
  - caller: github
    issuer: ${issuer.url}
    audience: plimsoll-test
    scopes: [run]
    claims: { repository: acme/llm }
`,
    async (host) => {
      const found = NAMES[host];
      if (found === undefined) throw new Error('ENOTFOUND');
      return found;
    },
  );
});
afterAll(async () => {
  // After all of it, nothing was started and nothing was sent.
  const list = await guarded.send({ headers: { authorization: `Bearer ${guarded.keys.reader}` } });
  expect(JSON.parse(list.text)).toEqual({ searches: [], next_cursor: null });
  expect(guarded.rig.sessions).toEqual([]);
  await guarded.dispose();
});

/** Every refusal is a problem document, and no answer of any kind may be read by a foreign page. */
function expectWalled(answer: Answer): void {
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
  expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
  expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'");
  expect(answer.headers['access-control-allow-origin']).toBeUndefined();
}

describe('targets that are never loaded, by whatever name', () => {
  test.each([
    'http://169.254.169.254/latest/meta-data',
    'http://169.254.169.254./',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://0251.0376.0251.0376/',
    'http://0xa9.254.0251.254/',
    'http://169.254.43518/',
    'http://169.16689662/',
    'http://%31%36%39.254.169.254/',
    'http://１６９。２５４。１６９。２５４/',
    'http://[::ffff:169.254.169.254]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[0:0:0:0:0:ffff:a9fe:a9fe]/',
    'http://[::169.254.169.254]/',
    'http://[::ffff:0:169.254.169.254]/',
    'http://[64:ff9b::169.254.169.254]/',
    'http://[64:ff9b:1::a9fe:a9fe]/',
    'http://[2002:a9fe:a9fe::]/',
    'http://[2001:0:a9fe:a9fe::1]/',
    'http://[fd00::5efe:169.254.169.254]/',
    'http://[64:ff9b::7f00:1]:8000/',
    'http://[2002:7f00:1::]:8000/',
    'http://[fe80::1]/',
    'http://[fec0::1]/',
    'http://[fd00:ec2::254]/',
    'http://100.100.100.200/',
    'http://168.63.129.16/',
    'http://0.0.0.0:8000/',
    'http://0:8000/',
    'http://[::]:8000/',
    'http://224.0.0.1/',
    'http://[ff02::1]/',
    'http://255.255.255.255/',
    'http://240.0.0.1/',
    'http://metadata.test/',
    'http://metadata.google.internal./',
    'http://half.test/',
    'http://half-six.test/',
    'http://mapped.test/',
    'http://nat64.test/',
    'http://zone.test/',
    'http://many.test/',
  ])('%s', async (url) => {
    const answer = await guarded.post(guarded.keys.admin, { target: { base_url: url } });
    expect(answer).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(answer.faults).toEqual(['/target/base_url target_not_allowed']);
    expectWalled(answer);
  });

  test.each([
    ['http://[fe80::1%25eth0]/', 'malformed_url'],
    ['http://169.254.169.254@good.test/', 'malformed_url'],
    ['http://good.test@169.254.169.254/', 'malformed_url'],
    ['http://good.test#@169.254.169.254/', 'malformed_url'],
    ['http://good.test/?u=http://169.254.169.254/', 'malformed_url'],
    ['http://good.test:22/', 'target_not_allowed'],
    ['https://good.test/', 'target_not_allowed'],
    ['http://nothing.test/', 'target_unresolvable'],
    ['http://unknown.test/', 'target_unresolvable'],
    ['http://good.example/', 'target_unresolvable'],
    ['ftp://good.test/', 'malformed_url'],
    ['gopher://169.254.169.254/', 'malformed_url'],
    ['file:///etc/passwd', 'malformed_url'],
    ['unix:/var/run/docker.sock', 'malformed_url'],
    ['//169.254.169.254/', 'malformed_url'],
  ])('%s is %s', async (url, code) => {
    const answer = await guarded.post(guarded.keys.admin, { target: { base_url: url } });
    expect(answer.status).toBe(400);
    expect(answer.faults).toEqual([`/target/base_url ${code}`]);
  });
});

describe('references to what is no credential of a target', () => {
  test.each([
    'env:PATH',
    'env:AWS_SECRET_ACCESS_KEY',
    'env:xPLIMSOLL_TARGET_KEY',
    'file:/etc/shadow',
    'file:/run/secrets/plimsoll/../../../etc/shadow',
    'file:/run/secrets/plimsoll',
    'file:/run/secrets/plimsoll-too/key',
    'file://run/secrets/plimsoll/key',
  ])('%s', async (reference) => {
    const target = { base_url: 'http://good.test/', api_key_ref: reference };
    const answer = await guarded.post(guarded.keys.admin, { target });
    expect(answer.status).toBe(400);
    expect(answer.faults).toEqual(['/target/api_key_ref secret_ref_not_allowed']);
  });
});

describe('ceilings that no request raises', () => {
  const big = { load_seconds: 1e9, requests: 1e12, output_tokens: 1e15 };
  test.each([
    ['the load', 'admin', { load: { axis: 'concurrency', max: 1e6 } }, ['/load/max']],
    ['the rate', 'admin', { load: { axis: 'request_rate', max: 1e6 } }, ['/load/max']],
    ['the budget', 'admin', { budget: big }, ['load_seconds', 'requests', 'output_tokens']],
    ["the caller's own load", 'small', { load: { axis: 'concurrency', max: 17 } }, ['/load/max']],
    ["the caller's own seconds", 'small', { budget: { load_seconds: 61 } }, ['load_seconds']],
  ] as const)('%s', async (_, caller, change, pointers) => {
    const answer = await guarded.post(guarded.keys[caller], change);
    expect(answer.status).toBe(400);
    for (const pointer of pointers) {
      expect(answer.faults).toContainEqual(
        expect.stringMatching(new RegExp(`${pointer} (above_ceiling|too_large|out_of_range)`)),
      );
    }
  });
});

describe('strangers', () => {
  const stranger = (headers: Record<string, string>): Ask => ({ headers });
  const key = (text: string): Ask => stranger({ authorization: `Bearer ${text}` });
  const basic = (text: string): Ask =>
    stranger({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
  test.each([
    ['nothing', () => stranger({})],
    ['an empty key', () => key('')],
    ['a key in the query', ({ keys }) => ({ path: `/v1/searches?access_token=${keys.admin}` })],
    ['a key in a cookie', ({ keys }) => stranger({ cookie: `key=${keys.admin}` })],
    ['a key without a scheme', ({ keys }) => stranger({ authorization: keys.admin })],
    [
      'a key under another scheme',
      ({ keys }) => stranger({ authorization: `Token ${keys.admin}` }),
    ],
    ['a key that is nearly right', ({ keys }) => key(`${keys.admin.slice(0, -1)}_`)],
    ['a key with something behind', ({ keys }) => key(`${keys.admin}x`)],
    ['two keys', ({ keys }) => key(`${keys.admin} ${keys.admin}`)],
    ['a key that has expired', ({ keys }) => key(keys.old)],
    ['a hash of a key', () => key('a'.repeat(64))],
    ['basic with a wrong password', () => basic('admin:admin')],
    ['basic with the key as its name', ({ keys }) => basic(`${keys.admin}:`)],
    ['a proxy’s word for it', () => stranger({ 'x-forwarded-user': 'admin', 'x-real-ip': '::1' })],
  ] as const satisfies readonly (readonly [string, (rig: GuardedRig) => Ask])[])(
    '%s',
    async (_, ask) => {
      const answer = await guarded.send(ask(guarded));
      expect(answer).toMatchObject({ status: 401, code: 'unauthenticated' });
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm/);
      expectWalled(answer);
    },
  );

  test.each(['none', 'hs256_with_public_key', 'own_key', 'own_key_in_header'] as const)(
    'a forged token: %s',
    async (kind) => {
      const answer = await guarded.send(key(await guarded.issuer.forged(kind)));
      expect(answer).toMatchObject({ status: 401, code: 'unauthenticated' });
    },
  );

  test.each([
    ['of another audience', { aud: 'x' }],
    ['of another repository', { repository: 'evil/llm' }],
    ['that has expired', { iat: 1, exp: 2 }],
    ['of another issuer', { iss: 'https://evil.example' }],
  ])('a token %s', async (_, change) => {
    const answer = await guarded.send(key(await guarded.issuer.token(change)));
    expect(answer).toMatchObject({ status: 401, code: 'unauthenticated' });
  });

  test('a token that is larger than all headers may be', async () => {
    const answer = await guarded.send(key('x'.repeat(20_000)));
    expect(answer).toMatchObject({ status: 431, code: 'headers_too_large' });
  });

  test.each([
    ['POST', '/v1/searches'],
    ['POST', '/v1/%73earches'],
    ['POST', '//v1/searches'],
    ['POST', '/v1/searches/'],
    ['POST', '/V1/SEARCHES'],
    ['POST', '/v1/x/../searches'],
    ['POST', '/healthz'],
    ['PUT', '/v1/searches'],
    ['POST', '/v1/kill-switch'],
    ['DELETE', '/v1/kill-switch'],
    ['GET', '/v1/kill-switch'],
    ['GET', '/v1/policies'],
    ['GET', '/v1/nothing-here'],
    ['GET', '/openapi.json'],
    ['GET', '/healthz/../v1/searches'],
    ['GET', '/v1/searches/x/events'],
    ['OPTIONS', '/v1/searches'],
  ])('%s %s asks for a key before it says anything else', async (method, path) => {
    const withBody = method === 'POST' ? { body: bodyOf() } : {};
    const answer = await guarded.send({ method, path, ...withBody });
    expect(answer).toMatchObject({ status: 401, code: 'unauthenticated' });
    expectWalled(answer);
  });
});

describe('callers who may not', () => {
  test.each([
    ['reader', 'POST', '/v1/searches'],
    ['reader', 'POST', '/v1/searches/x/cancel'],
    ['reader', 'POST', '/v1/kill-switch'],
    ['reader', 'DELETE', '/v1/kill-switch'],
    ['runner', 'POST', '/v1/kill-switch'],
    ['runner', 'DELETE', '/v1/kill-switch'],
  ] as const)('%s: %s %s', async (caller, method, path) => {
    const authorization = `Bearer ${guarded.keys[caller]}`;
    const body = method === 'POST' ? { body: bodyOf() } : {};
    const answer = await guarded.send({
      method,
      path,
      headers: { authorization, 'x-http-method-override': 'GET' },
      ...body,
    });
    expect(answer).toMatchObject({ status: 403, code: 'scope_missing' });
    expect(answer.headers['www-authenticate']).toContain('insufficient_scope');
  });

  test('a token gets what its rule gives, and no more', async () => {
    const authorization = `Bearer ${await guarded.issuer.token()}`;
    expect((await guarded.send({ headers: { authorization } })).status).toBe(200);
    const kill = await guarded.send({
      method: 'POST',
      path: '/v1/kill-switch',
      headers: { authorization },
    });
    expect(kill).toMatchObject({ status: 403, code: 'scope_missing' });
  });
});

describe('pages of others', () => {
  test.each([
    ['of another site', { origin: 'https://evil.example' }],
    ['in a sandbox', { origin: 'null' }],
    ['on another port of this machine', { origin: 'http://127.0.0.1:9' }],
    ['that send no origin', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
  ])('%s', async (_, headers) => {
    const answer = await guarded.post(guarded.keys.admin, {}, headers);
    expect(answer).toMatchObject({ status: 403, code: 'cross_origin' });
    expectWalled(answer);
  });
});

describe('what is no HTTP', () => {
  const raw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(guarded.port, '127.0.0.1', () => socket.end(text));
      let told = '';
      socket.on('data', (piece) => {
        told += String(piece);
      });
      socket.on('close', () => resolve(told));
      socket.on('error', reject);
    });
  const post = 'POST /v1/searches HTTP/1.1\r\nHost: 127.0.0.1\r\n';
  test.each([
    ['two lengths', `${post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    ['a length and chunks', `${post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`],
    ['a line end in a header', `${post}X: a\rb\r\n\r\n`],
    ['no host', 'GET /v1/searches HTTP/1.1\r\n\r\n'],
    ['a proxy request', 'CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('%s', async (_, text) => {
    const told = await raw(text);
    expect(told === '' || /^HTTP\/1\.1 (400|401|421) /.test(told), told).toBe(true);
  });
});

test('every refusal of somebody who may not is a line in the audit', () => {
  const refused = guarded.audit.filter(({ outcome }) => outcome === 'refused');
  const codes = new Set(refused.map(({ code }) => code));
  for (const code of ['unauthenticated', 'scope_missing', 'cross_origin', 'invalid_request']) {
    expect(codes).toContain(code);
  }
  expect(refused.every(({ from }) => from === '127.0.0.1')).toBe(true);
  expect(refused).toContainEqual(
    expect.objectContaining({ action: 'engageKillSwitch', who: 'runner', status: 403 }),
  );
  expect(refused).toContainEqual(
    expect.objectContaining({
      action: 'createSearch',
      who: 'admin',
      detail: '/target/base_url target_not_allowed (169.254.169.254, port 80)',
    }),
  );
  // Not a key of anybody, nor a token, is in any of them.
  const text = JSON.stringify(guarded.audit);
  for (const key of Object.values(guarded.keys)) expect(text).not.toContain(key.slice(4, 20));
  expect(text).not.toContain('eyJ');
});
