/**
 * Credentials of targets are references, `env:NAME` or `file:/path`, and only under prefixes and in
 * folders that the operator chose, so that a search can never read the rest of this machine. The secret
 * is looked up when load starts, goes into the request headers, and is neither stored nor logged.
 */
import { readFile, realpath, stat } from 'node:fs/promises';
import { normalize, sep } from 'node:path';
import type { Fault } from '../../core/base/fault.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { ApiKeyHeader } from '../../core/policy/question.ts';

export interface SecretRules {
  /** Names of environment variables must begin with one of them. */
  readonly envPrefixes: readonly string[];
  /** Files must lie in one of them. */
  readonly fileFolders: readonly string[];
}

export interface SecretSource {
  readonly rules: () => SecretRules;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** `env:PLIMSOLL_TARGET_VLLM_KEY` passes by default, `env:PATH` does not. */
export const DEFAULT_SECRET_PREFIX = 'PLIMSOLL_TARGET_';
export const DEFAULT_SECRET_RULES: SecretRules = {
  envPrefixes: [DEFAULT_SECRET_PREFIX],
  fileFolders: [],
};

const ENV_REFERENCE = /^env:([A-Za-z_][A-Za-z0-9_]{0,127})$/;
const FILE_REFERENCE = /^file:(\/\S{1,1000})$/;
/** The longest tokens in use (JWTs) are a quarter of it. */
const MAX_SECRET_BYTES = 16_384;

type Place = { readonly env: string } | { readonly file: string };

/** Is the reference one that the operator allows? Says nothing of whether the secret exists. */
export function checkSecretRef(reference: string, rules: SecretRules): Fault[] {
  if (allowedPlace(reference, rules) !== undefined) return [];
  return [
    {
      pointer: '/target/api_key_ref',
      code: 'secret_ref_not_allowed',
      expected: expectedRef(rules),
      // Somebody may have put the secret itself here: not a character of it comes back.
      received: ENV_REFERENCE.test(reference)
        ? reference
        : `a text of ${reference.length} characters`,
    },
  ];
}

/** The headers that carry it; none without a reference. The fault's text never holds the secret. */
export async function secretHeaders(
  reference: string | undefined,
  source: SecretSource,
  header: ApiKeyHeader = 'authorization',
): Promise<Result<Readonly<Record<string, string>>, string>> {
  if (reference === undefined) return ok({});
  const rules = source.rules();
  const place = allowedPlace(reference, rules);
  if (place === undefined) return err(`the api_key_ref is not ${expectedRef(rules)}`);
  const read =
    'env' in place ? readEnv(place.env, source) : await readSecretFile(place.file, rules);
  if (!read.ok) return read;
  // Anything else would break out of the header.
  if (!/^[\x21-\x7e]+$/.test(read.value)) {
    return err('the secret holds characters that no header may hold');
  }
  return ok({ [header]: header === 'authorization' ? `Bearer ${read.value}` : read.value });
}

function allowedPlace(reference: string, rules: SecretRules): Place | undefined {
  const env = ENV_REFERENCE.exec(reference)?.[1];
  if (env !== undefined) {
    return rules.envPrefixes.some((prefix) => env.startsWith(prefix)) ? { env } : undefined;
  }
  const file = FILE_REFERENCE.exec(reference)?.[1];
  if (file === undefined || normalize(file) !== file) return undefined;
  return rules.fileFolders.some((folder) => isInside(file, folder)) ? { file } : undefined;
}

function readEnv(name: string, { env }: SecretSource): Result<string, string> {
  const secret = env[name];
  return secret === undefined || secret === ''
    ? err(`the environment variable ${name} is not set where the service runs`)
    : ok(secret);
}

/**
 * A mounted secret is a link beside its target (Kubernetes), so where the links lead is what must lie in
 * the folder; a link to somewhere else is a way out of it.
 */
async function readSecretFile(file: string, rules: SecretRules): Promise<Result<string, string>> {
  try {
    const real = await realpath(file);
    const folders = await Promise.all(
      rules.fileFolders
        .filter((folder) => isInside(file, folder))
        .map((folder) => realpath(folder)),
    );
    if (!folders.some((folder) => isInside(real, folder))) {
      return err(`${file} leads out of the folder that the operator allows`);
    }
    const { size, isRegular } = await stat(real).then((found) => ({
      size: found.size,
      isRegular: found.isFile(),
    }));
    if (!isRegular || size > MAX_SECRET_BYTES) return err(`${file} is no file of a secret's size`);
    const secret = (await readFile(real, 'utf8')).trim();
    return secret === '' ? err(`${file} is empty`) : ok(secret);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return err(`${file} cannot be read (${code})`);
  }
}

function isInside(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

function expectedRef({ envPrefixes, fileFolders }: SecretRules): string {
  const names = envPrefixes.map((prefix) => `env:${prefix}*`);
  const files = fileFolders.map((folder) => `file:${folder}/*`);
  return `one of ${[...names, ...files].join(', ')}`;
}
