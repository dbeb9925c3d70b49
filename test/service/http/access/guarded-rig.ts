/**
 * The whole service face with its walls up, on a real socket: operator file, keys, a token issuer, audit
 * and kill switch, over the runner's rig. Requests are written by hand where a client library would
 * mend them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '../../../../src/core/policy/question-defaults.ts';
import { createMetrics } from '../../../../src/metrics.ts';
import type { AccessPorts } from '../../../../src/service/access/access-ports.ts';
import type { AuditEntry } from '../../../../src/service/access/audit.ts';
import { createIdentifyCaller } from '../../../../src/service/access/identify-caller.ts';
import { hashKey, makeKey } from '../../../../src/service/access/key.ts';
import { createKillSwitch, type KillSwitch } from '../../../../src/service/access/kill-switch.ts';
import type { Operator } from '../../../../src/service/access/operator.ts';
import { parseOperatorFile } from '../../../../src/service/access/operator-file.ts';
import type { Resolve } from '../../../../src/service/access/target-guard.ts';
import { createTokenVerifier } from '../../../../src/service/access/token.ts';
import { createApp } from '../../../../src/service/http/app.ts';
import { problemSchema } from '../../../../src/service/http/schemas/problem.ts';
import { listen } from '../../../../src/service/http/server.ts';
import { targetChecker } from '../../../../src/service/http/target-check.ts';
import { type Issuer, startIssuer } from '../../access/issuer.ts';
import { createRig, type Rig } from '../../runner/rig.ts';
import { shippedPolicies } from '../http-rig.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Of a problem document. */
  readonly code: string | undefined;
  /** `pointer code` of its faults. */
  readonly faults: readonly string[];
}

export interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export const CALLERS = ['reader', 'runner', 'admin', 'small', 'old'] as const;
type Caller = (typeof CALLERS)[number];

export interface GuardedRig {
  readonly rig: Rig;
  readonly port: number;
  readonly keys: Readonly<Record<Caller, string>>;
  readonly issuer: Issuer;
  readonly audit: AuditEntry[];
  readonly killSwitch: KillSwitch;
  send(ask: Ask): Promise<Answer>;
  /** A search by a caller, of a body that would start. */
  post(
    key: string,
    change?: Record<string, unknown>,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** As the operator does who changes the file of a running service; undefined takes the key out. */
  changeKey(
    caller: string,
    change: (key: Operator['keys'][number]) => Operator['keys'][number] | undefined,
  ): void;
  dispose(): Promise<void>;
}

export async function createGuardedRig(
  moreYaml: (issuer: Issuer) => string,
  resolve: Resolve,
): Promise<GuardedRig> {
  const dir = mkdtempSync(join(tmpdir(), 'plimsoll-guarded-'));
  const issuer = await startIssuer();
  const keys = Object.fromEntries(CALLERS.map((caller) => [caller, makeKey()])) as Record<
    Caller,
    string
  >;
  let operator = operatorOf(keys, moreYaml(issuer));
  const audit: AuditEntry[] = [];
  const failures: unknown[] = [];
  const killSwitch = createKillSwitch({
    file: join(dir, 'KILL'),
    wallMs: Date.now,
    onError: (error) => failures.push(error),
  });
  const access: AccessPorts = {
    operator: () => operator,
    killSwitch,
    audit: { record: (entry) => audit.push(entry) },
  };
  const rig = await createRig({}, 2, access);
  const app = createApp({
    searches: rig.runner,
    policies: shippedPolicies(),
    limits: DEFAULT_LIMITS,
    checkTarget: targetChecker(resolve, () => operator),
    access: {
      ...access,
      killSwitch,
      identify: createIdentifyCaller(() => operator, createTokenVerifier(), Date.now),
    },
    version: '0.0.0',
    timing: { heartbeatMs: 20, stallMs: 2_000, retryMs: 2_000 },
    metrics: createMetrics('0.0.0'),
    onAccess: () => undefined,
    onError: (error) => failures.push(error),
  });
  const listening = await listen({ host: '127.0.0.1', port: 0, fetch: app.fetch });
  if (!listening.ok) throw new Error(listening.error);
  const { port } = listening.value;
  const send = (ask: Ask): Promise<Answer> => sendTo(port, ask);
  return {
    rig,
    port,
    keys,
    issuer,
    audit,
    killSwitch,
    send,
    post: (key, change = {}, headers = {}) =>
      send({
        method: 'POST',
        path: '/v1/searches',
        headers: { authorization: `Bearer ${key}`, ...headers },
        body: bodyOf(change),
      }),
    changeKey(caller, change) {
      const changed = operator.keys.map((key) => (key.caller === caller ? change(key) : key));
      operator = { ...operator, keys: changed.filter((key) => key !== undefined) };
    },
    async dispose() {
      await listening.value.close();
      await rig.dispose();
      await issuer.close();
      rmSync(dir, { recursive: true });
      if (failures.length > 0) throw new Error(`faults of ours: ${failures.join()}`);
    },
  };
}

export function bodyOf(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    target: { base_url: 'http://127.0.0.1:8000/v1' },
    slo: 'p90(ttft) < 100 ms',
    load: { axis: 'concurrency', min: 1, max: 8 },
    budget: { load_seconds: 20, requests: 10_000, output_tokens: 100_000 },
    ...change,
  };
}

function operatorOf(keys: Readonly<Record<Caller, string>>, more: string): Operator {
  const hash = (caller: Caller): string => hashKey(keys[caller]).toString('hex');
  const read = parseOperatorFile(`
keys:
  - { caller: reader, sha256: ${hash('reader')}, scopes: [read] }
  - { caller: runner, sha256: ${hash('runner')}, scopes: [run] }
  - { caller: admin, sha256: ${hash('admin')}, scopes: [admin] }
  - caller: small
    sha256: ${hash('small')}
    scopes: [run]
    ceilings: { concurrency: 16, load_seconds: 60, requests: 20000, output_tokens: 200000 }
    quotas: { searches: 2, load_seconds_per_day: 50 }
  - { caller: old, sha256: ${hash('old')}, scopes: [admin], expires_at: 2026-01-01T00:00:00Z }
${more}`);
  if (!read.ok) throw new Error(JSON.stringify(read.error, null, 1));
  return read.value;
}

function sendTo(port: number, ask: Ask): Promise<Answer> {
  const { method = 'GET', path = '/v1/searches', headers = {}, body } = ask;
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        agent: false,
        headers: {
          host: `127.0.0.1:${port}`,
          ...(text !== undefined && {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(text),
          }),
          ...headers,
        },
      },
      (answer) => {
        const pieces: Buffer[] = [];
        answer.on('data', (piece: Buffer) => pieces.push(piece));
        answer.on('end', () => {
          const { statusCode = 0, headers: told } = answer;
          resolve(readAnswer(statusCode, told, Buffer.concat(pieces).toString('utf8')));
        });
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
}

function readAnswer(status: number, headers: IncomingHttpHeaders, text: string): Answer {
  if (headers['content-type'] !== 'application/problem+json' || text === '') {
    return { status, headers, text, code: undefined, faults: [] };
  }
  const { code, errors = [] } = problemSchema.parse(JSON.parse(text));
  return {
    status,
    headers,
    text,
    code,
    faults: errors.map((fault) => `${fault.pointer} ${fault.code}`),
  };
}
