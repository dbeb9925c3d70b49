/**
 * Who may see a page's data. A browser that opens an address sends no key, so a page without its data is
 * open to all: it holds the form that asks for the key, and its script asks again with it. A key that is
 * sent and not taken is refused by its status, as everywhere.
 */
import type { Context } from 'hono';
import { covers } from '../../access/scope.ts';
import type { Env } from '../handlers.ts';
import type { HttpParts } from '../ports.ts';

/** `asked`: nothing was shown yet. */
export type Reader = 'reads' | 'asked' | 'unknown' | 'without_scope';

export async function readerOf(
  c: Context<Env>,
  { access }: Pick<HttpParts, 'access'>,
): Promise<Reader> {
  if (access === undefined) return 'reads';
  const authorization = c.req.header('authorization');
  const identified = await access.identify(authorization);
  if (!identified.ok) return authorization === undefined ? 'asked' : 'unknown';
  c.set('caller', identified.value);
  return covers(identified.value.scopes, 'read') ? 'reads' : 'without_scope';
}

export const STATUS_OF_READER = { asked: 200, unknown: 401, without_scope: 403 } as const;
