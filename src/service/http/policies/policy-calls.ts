/** Policies: listing, reading, and the check that starts nothing. */
import type { Context } from 'hono';
import type { Fault } from '../../../core/base/fault.ts';
import { callersParts } from '../access/guard-caller.ts';
import type { HttpParts } from '../ports.ts';
import { faultToJson, invalid, Problem } from '../problem.ts';
import { kindQuery } from '../queries.ts';
import { readQuery, refuseQuery } from '../read-query.ts';
import { readCreateBody } from '../searches/create-body.ts';
import { GATES, SEARCHES } from '../searches/resource.ts';
import { gateQuestionToJson, priceToJson, questionToJson } from '../to-json/question.ts';

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
  const kind = readQuery(c.req.url, kindQuery, queryFaults)?.kind ?? 'search';
  const faults: Fault[] = [];
  const { body, refusal } = await readCreateBody(
    c.req.raw,
    kind === 'gate' ? GATES : SEARCHES,
    callersParts(c, parts),
    faults,
  );
  const errors = [...queryFaults, ...faults];
  if (refusal === 'too_large') throw new Problem('body_too_large', { errors });
  if (refusal === 'media_type') throw new Problem('unsupported_media_type', { errors });
  if (refusal === 'invalid' || queryFaults.length > 0) throw invalid(errors);
  if (body === undefined) {
    return c.json({ ok: false, question: null, price: null, errors: faults.map(faultToJson) });
  }
  const { question } = body;
  return c.json({
    ok: true,
    question: kind === 'gate' ? gateQuestionToJson(question) : questionToJson(question),
    price: priceToJson(kind, question),
    errors: [],
  });
}
