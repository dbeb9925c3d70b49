/** The operator's file as it is written: YAML, every key documented here and nothing else allowed. */
import { z } from 'zod';
import { parseIpRange } from './ip-address.ts';
import { SCOPES } from './scope.ts';
import { parseHostPattern, parsePorts } from './target-rules.ts';

const MAX_ENTRIES = 1_000;
const MAX_TEXT = 1_000;

const list = <T extends z.ZodType>(item: T) => z.array(item).min(1).max(MAX_ENTRIES);
const text = z.string().min(1).max(MAX_TEXT);
/** With our own words for what is expected. */
const matching = (pattern: RegExp, expected: string) =>
  z.string().refine((given) => pattern.test(given), expected);
/** Names appear in audit lines and metrics. */
const caller = matching(
  /^(?!anonymous$)[a-z0-9][a-z0-9._-]{0,63}$/,
  'a name of at most 64 lower-case letters, digits, dots and dashes',
);
const count = z.int().min(1).max(1e12);

const target = z.strictObject({
  hosts: list(
    z.string().refine((host) => parseHostPattern(host) !== undefined, 'a host name or pattern'),
  ).optional(),
  ports: list(
    z
      .union([z.int(), z.string()])
      .refine((ports) => parsePorts(String(ports)) !== undefined, 'a port or a range (8000-8010)'),
  ),
  addresses: list(
    z.string().refine((range) => parseIpRange(range) !== undefined, 'an address or CIDR range'),
  ).optional(),
});

const ceilings = z.strictObject({
  concurrency: count.optional(),
  request_rate: z.number().positive().max(1e6).optional(),
  load_seconds: count.optional(),
  requests: count.optional(),
  output_tokens: count.optional(),
});

const grant = {
  caller,
  scopes: list(z.enum(SCOPES)),
  quotas: z
    .strictObject({
      searches: count.optional(),
      load_seconds_per_day: count.optional(),
      requests_per_day: count.optional(),
      output_tokens_per_day: count.optional(),
    })
    .optional(),
  ceilings: ceilings.optional(),
};

const sha256 = matching(
  /^[0-9a-f]{64}$/,
  'the SHA-256 of a key, 64 hex digits (`plimsoll keys` makes both)',
);

const key = z.strictObject({
  ...grant,
  sha256: z.union([sha256, z.array(sha256).min(1).max(4)]),
  expires_at: z.iso.datetime({ offset: true }).optional(),
});

const claimValue = z.union([text, z.boolean(), z.int()]);

const issuer = z.strictObject({
  ...grant,
  issuer: z.string().refine(isSafeUrl, 'an https URL (http on loopback only)'),
  audience: text,
  jwks_uri: z.string().refine(isSafeUrl, 'an https URL (http on loopback only)').optional(),
  claims: z
    .record(text, z.union([claimValue, list(claimValue)]))
    // Anybody can ask a public issuer for a token with our audience.
    .refine((claims) => Object.keys(claims).length > 0, 'at least one claim to match'),
});

export const operatorSchema = z.strictObject({
  targets: list(target).optional(),
  ceilings: ceilings.optional(),
  secrets: z
    .strictObject({
      env_prefixes: list(
        matching(
          /^[A-Za-z_][A-Za-z0-9_]{3,}$/,
          'the beginning of a variable name, 4 characters or more',
        ),
      ).optional(),
      file_folders: list(
        matching(/^\/(?!.*(?:^|\/)\.\.?(?:\/|$))\S+$/, 'an absolute folder path'),
      ).optional(),
    })
    .optional(),
  keys: list(key).optional(),
  oidc: list(issuer).optional(),
  hosts: list(matching(/^[a-z0-9.-]{1,253}$/, 'a host name')).optional(),
});

export type OperatorContent = z.infer<typeof operatorSchema>;

function isSafeUrl(given: string): boolean {
  const url = URL.parse(given);
  if (url === null || url.username !== '' || url.hash !== '') return false;
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
}
