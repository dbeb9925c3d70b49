/** Policies: listing, reading, and the check that starts nothing. */
import type { Context } from 'hono';
import type { Fault } from '../../../core/base/fault.ts';
import { callersParts } from '../access/guard-caller.ts';
import type { HttpParts } from '../ports.ts';
import { faultToJson, invalid, Problem } from '../problem.ts';
import { noQuery } from '../queries.ts';
import { readQuery, refuseQuery } from '../read-query.ts';
import { readCreateBody } from '../searches/create-body.ts';
import { SEARCHES } from '../searches/resource.ts';
import { priceToJson, questionToJson } from '../to-json/question.ts';

export function listPolicies(c: Context, parts: HttpParts): Response {
  refuseQuery(c);
  return c.json({
    policies: [...parts.policies.values()].map(({ name, description }) => ({ name, description })),
  });
}

export function readPolicy(c: Context, parts: HttpParts): Response {
  refuseQuery(c);
  const policy = parts.policies.get(c.req.param('name') ?? '');
  if (policy === undefined) throw new Problem('policy_not_found');
  return c.json(policy.content);
}

/** What is wrong with the question is the answer here, not a refusal; what is no question is one. */
export async function checkPolicy(c: Context, parts: HttpParts): Promise<Response> {
  const queryFaults: Fault[] = [];
  readQuery(c.req.url, noQuery, queryFaults);
  const faults: Fault[] = [];
  const { body, refusal } = await readCreateBody(
    c.req.raw,
    SEARCHES,
    callersParts(c, parts),
    faults,
  );
  const errors = [...queryFaults, ...faults];
  if (refusal === 'too_large') throw new Problem('body_too_large', { errors });
  if (refusal === 'media_type') throw new Problem('unsupported_media_type', { errors });
  if (refusal === 'invalid' || queryFaults.length > 0) throw invalid(errors);
  return c.json({
    ok: body !== undefined,
    question: body === undefined ? null : questionToJson(body.question),
    price: body === undefined ? null : priceToJson(body.question),
    errors: faults.map(faultToJson),
  });
}
