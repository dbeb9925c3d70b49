/**
 * Routes of hooks: for callers that know only status codes and send no header. The last part of the path is
 * the token where a hook is called, and the id where it is deleted.
 */
import type { RouteConfig } from '@hono/zod-openapi';
import { z } from 'zod';
import { EXAMPLES } from '../examples.ts';
import { hookQuery } from '../queries.ts';
import {
  hookAnswerSchema,
  hookBodySchema,
  hookCallSchema,
  hookListSchema,
  newHookSchema,
} from '../schemas/hook.ts';
import { answerHeaders, body, json, keyHeader, preferHeader, problems } from './parts.ts';

const hookParam = (description: string) =>
  z.object({ hook: z.string().min(1).describe(description) });

export const HOOK_ROUTES = {
  createHook: {
    method: 'post',
    path: '/v1/hooks',
    tags: ['hooks'],
    summary: 'Make an address that asks gates by status codes',
    description:
      'The token is shown once and kept as a hash. A call may choose among the policies, targets and loads ' +
      'that are given here, and nothing else; each of them is checked now.',
    request: { body: body(hookBodySchema, EXAMPLES.hookBody) },
    responses: {
      201: json('Made; the token is not shown again', newHookSchema),
      ...problems('invalid_request', 'too_many_hooks', 'body_too_large', 'unsupported_media_type'),
    },
  },
  listHooks: {
    method: 'get',
    path: '/v1/hooks',
    tags: ['hooks'],
    summary: 'Hooks, newest first, without their tokens',
    responses: { 200: json('All of them', hookListSchema), ...problems('invalid_request') },
  },
  callHook: {
    method: 'post',
    path: '/v1/hooks/{hook}',
    tags: ['hooks'],
    summary: 'Ask the gate: 200 is yes',
    description:
      'Starts the gate, or gets it: a repeated call never starts a second load. 200 yes, 409 pending, 412 no, ' +
      '424 inconclusive. `?on=fail` turns it round: 200 when the gate failed, for hooks that roll back. The key ' +
      'is made of namespace, name, checksum and metadata, or is the `Idempotency-Key`.',
    request: {
      params: hookParam('The token'),
      query: hookQuery,
      headers: z.object({ ...preferHeader, ...keyHeader }),
      body: {
        required: false,
        content: { 'application/json': { schema: hookCallSchema, example: EXAMPLES.hookCall } },
      },
    },
    responses: {
      200: json('The verdict is one that was asked for; one line', hookAnswerSchema, {
        headers: answerHeaders.applied,
        example: EXAMPLES.hookAnswer,
      }),
      ...problems(
        'invalid_request',
        'hook_not_found',
        'search_running',
        'gate_failed',
        'gate_passed',
        'gate_inconclusive',
        'body_too_large',
        'unsupported_media_type',
        'idempotency_key_reused',
        'queue_full',
        'quota_exceeded',
        'kill_switch_on',
        'not_ready',
      ),
    },
  },
  deleteHook: {
    method: 'delete',
    path: '/v1/hooks/{hook}',
    tags: ['hooks'],
    summary: 'Calls of the hook are refused from now on',
    description: 'A gate that it has started goes on until its lease is over.',
    request: { params: hookParam('The id, not the token') },
    responses: {
      204: { description: 'Deleted' },
      ...problems('invalid_request', 'hook_not_found'),
    },
  },
} as const satisfies Record<string, RouteConfig>;
