/** Making, listing and deleting hooks. */
import type { Context } from 'hono';
import type { Fault } from '../../../core/base/fault.ts';
import type { Hook } from '../../runner/search-service.ts';
import type { CallParts } from '../handlers.ts';
import { readJsonBody } from '../json-body.ts';
import { invalid, Problem } from '../problem.ts';
import { noQuery } from '../queries.ts';
import { readQuery, refuseQuery } from '../read-query.ts';
import { hookBodySchema } from '../schemas/hook.ts';
import { time } from '../to-json/scalars.ts';
import { readBinding } from './read-binding.ts';

export async function createHook(c: Context, parts: CallParts, caller: string): Promise<Response> {
  const faults: Fault[] = [];
  readQuery(c.req.url, noQuery, faults);
  const read = await readJsonBody(c.req.raw);
  if (!read.ok && read.error.kind === 'too_large')
    throw new Problem('body_too_large', { errors: faults });
  if (!read.ok && read.error.kind === 'media_type') {
    throw new Problem('unsupported_media_type', { errors: [...faults, read.error.fault] });
  }
  if (!read.ok && read.error.kind === 'invalid') faults.push(...read.error.faults);
  const binding = read.ok ? await readBinding(read.value, parts, faults) : undefined;
  if (binding === undefined || faults.length > 0) throw invalid(faults);
  const made = await parts.searches.hooks.create({ name: binding.name, caller, binding });
  if (made === undefined) throw new Problem('too_many_hooks');
  const { hook, token } = made;
  c.header('cache-control', 'no-store');
  return c.json({ ...hookToJson(hook), token, path: `/v1/hooks/${token}` }, 201);
}

export async function listHooks(c: Context, parts: CallParts): Promise<Response> {
  refuseQuery(c);
  return c.json({ hooks: (await parts.searches.hooks.list()).map(hookToJson) });
}

export async function deleteHook(c: Context, parts: CallParts): Promise<Response> {
  refuseQuery(c);
  const isDeleted = await parts.searches.hooks.delete(c.req.param('hook') ?? '');
  if (!isDeleted) throw new Problem('hook_not_found');
  return c.body(null, 204);
}

function hookToJson({ id, name, createdAtMs, caller, binding }: Hook) {
  const { name: _, ...bound } = hookBodySchema.parse(binding);
  return { id, name, created_at: time(createdAtMs), created_by: caller, bound_to: bound };
}
