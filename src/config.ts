/**
 * The environment as a typed config. Everything that an operator may set is here, with its default
 * and its reason; all that is wrong is told at once, an unknown `PLIMSOLL_` name included, because a
 * misspelt ceiling is a ceiling that is not there.
 */
import { z } from 'zod';
import type { Fault } from './core/base/fault.ts';
import { err, ok, type Result } from './core/base/result.ts';
import { DEFAULT_LIMITS, type QuestionLimits } from './core/policy/question-defaults.ts';
import { DEFAULT_SECRET_PREFIX } from './service/access/secret-ref.ts';
import type { RetentionConfig } from './service/runner/keep/retention.ts';

const PREFIX = 'PLIMSOLL_';
const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

/** An integer written as digits: `Number` would also take `1e3`, `0x10` and the empty text. */
function integer(min: number, max: number, byDefault: number) {
  return z
    .string()
    .regex(/^\d{1,15}$/, 'digits')
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    .default(byDefault);
}

function isPostgresUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname } = new URL(text);
  return /^postgres(ql)?:$/.test(protocol) && pathname.length > 1;
}

const schema = z.object({
  PLIMSOLL_HOST: z.string().min(1).default('127.0.0.1'),
  PLIMSOLL_PORT: integer(0, 65_535, 8080),
  PLIMSOLL_DATA_DIR: z.string().min(1).default('./data'),
  /** A Postgres database for the store instead of the SQLite file. Its password stays out of every message. */
  PLIMSOLL_DATABASE_URL: z
    .string()
    .refine(isPostgresUrl, 'postgres://USER:PASSWORD@HOST:PORT/DATABASE')
    .optional(),
  /** Where generators run; absent: on workers with a database, beside the service without. */
  PLIMSOLL_LOAD_FROM: z.enum(['service', 'workers']).optional(),
  /** Shipped beside the program; an operator's own folder replaces them. */
  PLIMSOLL_POLICIES_DIR: z.string().min(1).optional(),
  /** Targets, ceilings, keys; without it loopback only. */
  PLIMSOLL_OPERATOR_FILE: z.string().min(1).optional(),
  /** Traces, prompt sets and tokenizers that questions may name; absent: none may be named. */
  PLIMSOLL_DATA_FILES_DIR: z.string().min(1).optional(),
  PLIMSOLL_LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
  /** Ceilings of one search, which no request can raise. */
  PLIMSOLL_MAX_CONCURRENCY: integer(1, 100_000, DEFAULT_LIMITS.maxConcurrency),
  PLIMSOLL_MAX_REQUEST_RATE: integer(1, 1_000_000, DEFAULT_LIMITS.maxRps),
  PLIMSOLL_MAX_LOAD_SECONDS: integer(1, 86_400, DEFAULT_LIMITS.maxLoadSeconds),
  PLIMSOLL_MAX_REQUESTS: integer(1, 100_000_000, DEFAULT_LIMITS.maxRequests),
  PLIMSOLL_MAX_OUTPUT_TOKENS: integer(1, 10_000_000_000, DEFAULT_LIMITS.maxOutputTokens),
  /** Searches that may wait for their turn. */
  PLIMSOLL_MAX_QUEUED: integer(0, 10_000, 100),
  /** Days that raw request records and whole searches are kept. */
  PLIMSOLL_RECORDS_DAYS: integer(1, 36_500, 30),
  PLIMSOLL_RESULTS_DAYS: integer(1, 36_500, 400),
});

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly loadFrom: 'service' | 'workers';
  readonly policiesDir: string | undefined;
  readonly dataFilesDir: string | undefined;
  readonly operatorFile: string | undefined;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly limits: QuestionLimits;
  readonly maxQueued: number;
  readonly retention: RetentionConfig;
}

export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
): Result<Config, readonly Fault[]> {
  const names = Object.keys(env).filter((name) => name.startsWith(PREFIX));
  const faults = names.filter((name) => !isKnown(name)).map(unknownName);
  const parsed = schema.safeParse(env);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const name = String(issue.path[0]);
      faults.push({
        pointer: `env:${name}`,
        code: 'invalid_value',
        expected: issue.message,
        received:
          name === 'PLIMSOLL_DATABASE_URL' ? 'another text' : JSON.stringify(env[name] ?? null),
      });
    }
    return err(faults);
  }
  if (parsed.data.PLIMSOLL_LOAD_FROM === 'workers' && env['PLIMSOLL_DATABASE_URL'] === undefined) {
    faults.push({
      pointer: 'env:PLIMSOLL_DATABASE_URL',
      code: 'missing_key',
      expected: 'a database, through which the service finds its workers',
      received: 'null',
    });
  }
  return faults.length > 0 ? err(faults) : ok(configOf(parsed.data));
}

/** One line for each fault, for a person at a terminal. */
export function faultLines(faults: readonly Fault[]): string {
  return faults
    .map(({ pointer, expected, received }) => `  ${pointer}: expected ${expected}, got ${received}`)
    .join('\n');
}

function isKnown(name: string): boolean {
  return Object.hasOwn(schema.shape, name) || name.startsWith(DEFAULT_SECRET_PREFIX);
}

/** The value may be a secret under a misspelt name: not a character of it is shown. */
function unknownName(name: string): Fault {
  return {
    pointer: `env:${name}`,
    code: 'unknown_key',
    expected: `one of ${Object.keys(schema.shape).join(', ')}, or ${DEFAULT_SECRET_PREFIX}*`,
    received: 'a name that nothing reads',
  };
}

function loadFromOf(env: z.infer<typeof schema>): Config['loadFrom'] {
  return (
    env.PLIMSOLL_LOAD_FROM ?? (env.PLIMSOLL_DATABASE_URL === undefined ? 'service' : 'workers')
  );
}

function configOf(env: z.infer<typeof schema>): Config {
  return {
    host: env.PLIMSOLL_HOST,
    port: env.PLIMSOLL_PORT,
    dataDir: env.PLIMSOLL_DATA_DIR,
    databaseUrl: env.PLIMSOLL_DATABASE_URL,
    loadFrom: loadFromOf(env),
    policiesDir: env.PLIMSOLL_POLICIES_DIR,
    dataFilesDir: env.PLIMSOLL_DATA_FILES_DIR,
    operatorFile: env.PLIMSOLL_OPERATOR_FILE,
    logLevel: env.PLIMSOLL_LOG_LEVEL,
    limits: {
      maxConcurrency: env.PLIMSOLL_MAX_CONCURRENCY,
      maxRps: env.PLIMSOLL_MAX_REQUEST_RATE,
      maxLoadSeconds: env.PLIMSOLL_MAX_LOAD_SECONDS,
      maxRequests: env.PLIMSOLL_MAX_REQUESTS,
      maxOutputTokens: env.PLIMSOLL_MAX_OUTPUT_TOKENS,
    },
    maxQueued: env.PLIMSOLL_MAX_QUEUED,
    retention: {
      recordsDays: env.PLIMSOLL_RECORDS_DAYS,
      resultsDays: env.PLIMSOLL_RESULTS_DAYS,
    },
  };
}
