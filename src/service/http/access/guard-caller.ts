/** Before a handler runs: who calls, and may they? */
import type { Context } from 'hono';
import { ceilingsFor } from '../../access/ceilings.ts';
import { type Caller, grantOf, LOCAL_CALLER } from '../../access/identify-caller.ts';
import { needsCredentials } from '../../access/operator.ts';
import { covers } from '../../access/scope.ts';
import type { Env } from '../handlers.ts';
import type { HttpParts } from '../ports.ts';
import { Problem } from '../problem.ts';
import type { Need } from './scopes.ts';

/** A JWKS fetch that failed is tried again after about this time. */
const ISSUER_RETRY_S = 10;

export function guardCaller(need: Need, { access }: Pick<HttpParts, 'access'>) {
  return async (c: Context<Env>, next: () => Promise<void>): Promise<void> => {
    if (need !== 'open' && access !== undefined) {
      const identified = await access.identify(c.req.header('authorization'));
      if (!identified.ok) {
        const { kind, detail } = identified.error;
        throw kind === 'unauthenticated'
          ? new Problem(kind, { detail, headers: { 'www-authenticate': challenge(c) } })
          : new Problem(kind, { detail, headers: { 'retry-after': String(ISSUER_RETRY_S) } });
      }
      c.set('caller', identified.value);
      if (!covers(identified.value.scopes, need)) {
        throw new Problem('scope_missing', {
          detail: `This needs the scope \`${need}\`; ${identified.value.name} has ${identified.value.scopes.join(', ')}.`,
          headers: {
            'www-authenticate': `Bearer realm="plimsoll", error="insufficient_scope", scope="${need}"`,
          },
        });
      }
    }
    await next();
  };
}

/** Who asked. On an open route, and where nobody needs a key, whoever is on this machine. */
export function callerOf(c: Context<Env>): Caller {
  return c.get('caller') ?? LOCAL_CALLER;
}

/** The parts with the ceilings of the caller: told with all other faults, before anything starts. */
export function callersParts<P extends HttpParts>(c: Context<Env>, parts: P): P {
  if (parts.access === undefined) return parts;
  const limits = ceilingsFor(parts.limits, parts.access.operator(), callerOf(c).name);
  return { ...parts, limits };
}

/**
 * The parts with the ceilings of whoever made a hook, for a call of it, which shows no key. A maker that the
 * operator has taken out since leaves no hook behind that may still send load.
 */
export function makersParts<P extends HttpParts>(maker: string, parts: P): P {
  if (parts.access === undefined) return parts;
  const operator = parts.access.operator();
  const grant = grantOf(operator, maker);
  if (needsCredentials(operator) && !(grant && covers(grant.scopes, 'run'))) {
    throw new Problem('hook_not_found', {
      detail: `The hook was made by ${maker}, who may no longer start load here.`,
    });
  }
  return { ...parts, limits: ceilingsFor(parts.limits, operator, maker) };
}

/** A browser that shows a page asks its person for the key; programs are told of bearer keys only. */
function challenge(c: Context): string {
  const bearer = 'Bearer realm="plimsoll"';
  const forPeople = c.req.header('accept')?.includes('text/html') === true;
  return forPeople ? `${bearer}, Basic realm="plimsoll (any name, the key as password)"` : bearer;
}
