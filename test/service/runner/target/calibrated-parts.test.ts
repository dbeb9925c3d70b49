/**
 * From the check to the load: prompts are as long as asked on the target's own count where a template
 * stands around each message, for each turn, behind a system message, on each endpoint of a mix.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { RequestSpec, WorkloadSpec } from '../../../../src/core/workload/spec.ts';
import { checkTarget } from '../../../../src/load/check-target.ts';
import { DEFAULT_SECRET_RULES } from '../../../../src/service/access/secret-ref.ts';
import { LOOPBACK_ONLY } from '../../../../src/service/access/target-rules.ts';
import type { Engine } from '../../../../src/service/engine/engine-port.ts';
import { reachTarget } from '../../../../src/service/runner/target/reach-target.ts';
import { createOneSender, type OneSender, planOf } from '../../../load/one-sender.ts';
import {
  chunk,
  content,
  DONE,
  event,
  FINISH,
  LAST_CHUNK,
  type ScriptedTarget,
  STREAM_HEAD,
  startTarget,
  usage,
  whole,
} from '../../../load/scripted-target.ts';
import { question } from '../../store/samples.ts';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

/** So many tokens around each message, and as many to begin the answer: what ChatML costs a tokenizer that lacks it. */
const PER_MESSAGE = 15;

describe('with a template around each message', () => {
  const spec: RequestSpec = {
    kind: 'synthetic',
    endpoint: 'chat',
    inputTokens: { kind: 'fixed', tokens: 60 },
    outputTokens: { kind: 'fixed', tokens: 2 },
    sharedPrefix: { tokens: { kind: 'fixed', tokens: 150 }, count: 1, ratio: 1 },
    turns: { count: { kind: 'fixed', tokens: 3 } },
  };

  /** Counts every message by its words, as the template shows them. */
  async function templated(): Promise<ScriptedTarget> {
    const target = await startTarget((socket, { head, body }) => {
      if (!head.startsWith('POST /v1/')) {
        socket.write(whole('404 Not Found', 'text/plain', ''));
        return;
      }
      const { messages, prompt } = JSON.parse(body);
      const texts: string[] = messages?.map((m: { content: string }) => m.content) ?? [];
      const tokens =
        prompt === undefined
          ? texts.reduce((sum, text) => sum + PER_MESSAGE + text.split(' ').length, PER_MESSAGE)
          : prompt.split(/[ \n]/).length;
      const text =
        prompt === undefined
          ? content('a b') + FINISH
          : event({ choices: [{ index: 0, text: 'a b', finish_reason: 'length' }] });
      const stream = chunk(`${text}${usage(tokens, 2)}${DONE}`);
      socket.write(Buffer.concat([Buffer.from(STREAM_HEAD), stream, Buffer.from(LAST_CHUNK)]));
    });
    open.push({ close: () => target.stop() });
    return target;
  }

  async function reach(workload: WorkloadSpec): Promise<OneSender> {
    const { port } = await templated();
    const target = { baseUrl: `http://127.0.0.1:${port}/v1`, dialect: 'vllm', model: 'm' };
    const engine: Engine = {
      maxSearches: 1,
      maxGenerators: 1,
      check: checkTarget,
      open: () => Promise.reject(new Error('unused')),
      stop: async () => {},
    };
    const reached = await reachTarget(
      question({ target, workload }),
      {
        engine,
        resolve: async () => ['127.0.0.1'],
        secrets: { rules: () => DEFAULT_SECRET_RULES, env: {} },
        targets: () => LOOPBACK_ONLY,
      },
      new AbortController().signal,
    );
    if (!reached.ok) throw new Error(reached.error.detail);
    const plan = planOf({ baseUrl: target.baseUrl });
    const one = createOneSender({ ...plan, target: reached.value.target, workload });
    open.push(one);
    return one;
  }

  /** All its turns, one after the other. */
  function conversation({ sender, clock }: OneSender): Promise<void> {
    return new Promise((resolve) => {
      sender.onEnded((exchange, talk) => {
        if (talk.answered(exchange.text, exchange.outputTokens)) sender.send(clock.nowMs(), talk);
        else resolve();
      });
      sender.send(clock.nowMs());
    });
  }

  it('each turn of a conversation with a system message is as long as asked', async () => {
    const one = await reach({ ...spec, arrivals: { kind: 'poisson' } });
    await conversation(one);
    const { count, inputTokens, askedInputTokens } = one.records();
    expect([...askedInputTokens.subarray(0, count)]).toEqual([210, 272, 334]);
    expect([...inputTokens.subarray(0, count)]).toEqual([210, 272, 334]);
  });

  it('each endpoint of a mix has a template of its own', async () => {
    const plain: RequestSpec = {
      kind: 'synthetic',
      endpoint: 'completions',
      inputTokens: { kind: 'fixed', tokens: 150 },
      outputTokens: { kind: 'fixed', tokens: 2 },
    };
    const one = await reach({
      kind: 'mix',
      parts: [
        { name: 'chat', weight: 0.5, request: spec },
        { name: 'code', weight: 0.5, request: plain },
      ],
      arrivals: { kind: 'poisson' },
    });
    for (let i = 0; i < 20; i++) await one.request();
    const { count, part, inputTokens } = one.records();
    const seen = Array.from({ length: count }, (_, i) => `${part[i]}: ${inputTokens[i]}`);
    expect([...new Set(seen)].sort()).toEqual(['0: 210', '1: 150']);
  });

  it('a target that refuses system messages is found out before the load', async () => {
    const target = await startTarget((socket, { body }) =>
      socket.write(
        body.includes('"system"')
          ? whole('400 Bad Request', 'application/json', '{"error":{"message":"no system role"}}')
          : Buffer.concat([
              Buffer.from(STREAM_HEAD),
              chunk(content('a') + FINISH + usage(20 + body.split(' ').length, 1) + DONE),
              Buffer.from(LAST_CHUNK),
            ]),
      ),
    );
    open.push({ close: () => target.stop() });
    const candidate = {
      baseUrl: `http://127.0.0.1:${target.port}/v1`,
      pinnedAddress: '127.0.0.1',
      dialect: 'vllm',
      model: 'm',
      headers: {},
    };
    const { signal } = new AbortController();
    expect((await checkTarget(candidate, signal)).ok).toBe(true);
    const place = { hasSystem: true, hasHistory: false };
    const refused = await checkTarget({ ...candidate, place }, signal);
    expect(refused).toMatchObject({ ok: false });
    expect(JSON.stringify(refused)).toContain('no system role');
  });
});
