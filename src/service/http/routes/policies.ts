/** Routes of policies: listing, reading, and the check that starts nothing. */
import type { RouteConfig } from '@hono/zod-openapi';
import { z } from 'zod';
import { gateBodySchema } from '../../../core/policy/gate-schema.ts';
import { policyFileSchema, searchBodySchema } from '../../../core/policy/question-schema.ts';
import { EXAMPLES } from '../examples.ts';
import { kindQuery } from '../queries.ts';
import { policyCheckSchema, policyListSchema } from '../schemas/policy.ts';
import { body, json, nameParam, problems } from './parts.ts';

export const POLICY_ROUTES = {
  listPolicies: {
    method: 'get',
    path: '/v1/policies',
    tags: ['policies'],
    summary: 'The policies that a search may name',
    responses: { 200: json('All of them', policyListSchema), ...problems('invalid_request') },
  },
  readPolicy: {
    method: 'get',
    path: '/v1/policies/{name}',
    tags: ['policies'],
    summary: 'One policy',
    request: { params: nameParam },
    responses: {
      200: json('The policy as its file says it', policyFileSchema),
      ...problems('invalid_request', 'policy_not_found'),
    },
  },
  checkPolicy: {
    method: 'post',
    path: '/v1/policies/check',
    tags: ['policies'],
    summary: 'Everything that would be wrong with a search or gate, without starting it',
    request: {
      query: kindQuery,
      body: body(z.union([searchBodySchema, gateBodySchema]), EXAMPLES.createBody),
    },
    responses: {
      200: json('Whether it could start, and the whole question or all faults', policyCheckSchema),
      ...problems('invalid_request', 'body_too_large', 'unsupported_media_type'),
    },
  },
} as const satisfies Record<string, RouteConfig>;
