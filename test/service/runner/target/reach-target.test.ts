/** From a name to a pinned target: which address is asked, and what comes back when none answers. */
import { describe, expect, test } from 'vitest';
import type { TargetSpec } from '../../../../src/core/policy/question.ts';
import { DEFAULT_SECRET_RULES } from '../../../../src/service/access/secret-ref.ts';
import { LOOPBACK_ONLY } from '../../../../src/service/access/target-rules.ts';
import type { Engine, TargetCandidate } from '../../../../src/service/engine/engine-port.ts';
import { reachTarget } from '../../../../src/service/runner/target/reach-target.ts';
import { question } from '../../store/samples.ts';

const signal = new AbortController().signal;
const facts = { model: 'm', dialect: 'vllm', info: {} };
const KEY = 'sk-9/"told+to=nobody';
const PLAIN_KEY = 'sk-plain-1234';
const secrets = {
  rules: () => DEFAULT_SECRET_RULES,
  env: { PLIMSOLL_TARGET_KEY: KEY, PLIMSOLL_TARGET_PLAIN: PLAIN_KEY },
};

function reach(
  addresses: readonly string[],
  check: Engine['check'],
  more: Partial<TargetSpec> = {},
) {
  const asked: TargetCandidate[] = [];
  const engine: Engine = {
    maxSearches: 1,
    maxGenerators: 1,
    check(candidate, within) {
      asked.push(candidate);
      return check(candidate, within);
    },
    open: () => Promise.reject(new Error('unused')),
    stop: async () => {},
  };
  const target = { baseUrl: 'http://localhost:8000/v1', dialect: 'auto', model: 'wanted', ...more };
  const parts = { engine, resolve: async () => addresses, secrets, targets: () => LOOPBACK_ONLY };
  return { asked, result: reachTarget(question({ target }), parts, signal) };
}

const refused = { ok: false, error: { reason: 'target_refused', detail: 'nobody' } } as const;

describe('reach', () => {
  test('asks with the pinned address and the workload, and takes the facts', async () => {
    const prompts = { tokensPerWord: 1.3, templateTokens: 9 };
    const { asked, result } = reach(['127.0.0.1'], async () => ({
      ok: true,
      value: { ...facts, prompts },
    }));
    expect(await result).toMatchObject({
      ok: true,
      value: { target: { pinnedAddress: '127.0.0.1', model: 'm', dialect: 'vllm', prompts } },
    });
    expect(asked).toMatchObject([{ model: 'wanted', dialect: 'auto', endpoint: 'chat' }]);
  });

  test.each([
    [{}, 'authorization', `Bearer ${PLAIN_KEY}`],
    [{ dialect: 'anthropic' }, 'x-api-key', PLAIN_KEY],
    [{ apiKeyHeader: 'api-key' as const }, 'api-key', PLAIN_KEY],
    [
      { dialect: 'anthropic', apiKeyHeader: 'authorization' as const },
      'authorization',
      `Bearer ${PLAIN_KEY}`,
    ],
  ])('the key goes into the header that the server reads: %j', async (more, header, value) => {
    const { asked, result } = reach(['127.0.0.1'], async () => ({ ok: true, value: facts }), {
      apiKeyRef: 'env:PLIMSOLL_TARGET_PLAIN',
      ...more,
    });
    expect(asked).toHaveLength(0);
    expect((await result).ok).toBe(true);
    expect(asked[0]?.headers).toEqual({ [header]: value });
  });

  test('a tokenizer needs the folder of data files', async () => {
    const { result } = reach(['127.0.0.1'], async () => ({ ok: true, value: facts }), {
      tokenizer: 'tokenizer.json',
    });
    expect(await result).toMatchObject({ ok: false, error: { reason: 'tokenizer_unusable' } });
  });

  test('a server on the other family of a name is found', async () => {
    const { asked, result } = reach(['127.0.0.1', '::1'], async ({ pinnedAddress }) =>
      pinnedAddress === '::1' ? { ok: true, value: facts } : refused,
    );
    expect(await result).toMatchObject({ ok: true, value: { target: { pinnedAddress: '::1' } } });
    expect(asked).toHaveLength(2);
  });

  test('only a refused connection leads to the next address', async () => {
    const page = { ok: false, error: { reason: 'target_not_an_api', detail: 'HTML' } } as const;
    const { asked, result } = reach(['127.0.0.1', '::1'], async () => page);
    expect(await result).toEqual(page);
    expect(asked).toHaveLength(1);
  });

  test('nobody anywhere: the first refusal', async () => {
    const { asked, result } = reach(['127.0.0.1', '::1'], async () => refused);
    expect(await result).toEqual(refused);
    expect(asked).toHaveLength(2);
  });

  test('one address that is not loopback: none is asked', async () => {
    const { asked, result } = reach(['127.0.0.1', '10.0.0.1'], async () => refused);
    expect(await result).toMatchObject({ ok: false, error: { reason: 'target_not_allowed' } });
    expect(asked).toHaveLength(0);
  });
});

describe('a target that repeats the key that we sent it', () => {
  const spellings = [
    KEY,
    `Bearer ${KEY}`,
    JSON.stringify(KEY),
    encodeURIComponent(KEY),
    Buffer.from(KEY).toString('base64'),
    Buffer.from(`Bearer ${KEY}`).toString('base64'),
  ];
  const target = {
    baseUrl: 'http://localhost:8000/v1',
    dialect: 'auto',
    apiKeyRef: 'env:PLIMSOLL_TARGET_KEY',
  };
  const reachWith = (value: Awaited<ReturnType<Engine['check']>>) => {
    const engine: Engine = {
      maxSearches: 1,
      maxGenerators: 1,
      check: async () => value,
      open: () => Promise.reject(new Error('unused')),
      stop: async () => {},
    };
    const parts = { engine, resolve: async () => ['::1'], secrets, targets: () => LOOPBACK_ONLY };
    return reachTarget(question({ target }), parts, signal);
  };

  test.each(spellings)('does not get %s into what is kept of its refusal', async (spelling) => {
    const detail = `the target answered HTTP 401: bad key ${spelling}!`;
    const kept = await reachWith({ ok: false, error: { reason: 'target_unauthorized', detail } });
    expect(JSON.stringify(kept)).not.toContain(spelling.slice(1, -1));
    expect(kept).toMatchObject({
      ok: false,
      error: { detail: expect.stringContaining('[redacted]') },
    });
  });

  test('nor into the name of its model or its facts; the load still carries it', async () => {
    const info = { server: `x ${KEY}`, [KEY]: 'y' };
    const reached = await reachWith({
      ok: true,
      value: { model: `m ${KEY}`, dialect: 'vllm', info },
    });
    if (!reached.ok) throw new Error('not reached');
    const { target: loaded, facts: kept } = reached.value;
    expect(JSON.stringify([kept, loaded.model])).not.toContain(KEY.slice(0, 4));
    expect(loaded.headers).toEqual({ authorization: `Bearer ${KEY}` });
  });
});
