/** The handlers of hooks, by the names of their routes. */
import { callerOf, callersParts } from '../access/guard-caller.ts';
import type { CallParts, Handlers } from '../handlers.ts';
import type { HOOK_ROUTES } from '../routes/hooks.ts';
import { callHook } from './call-hook.ts';
import { createHook, deleteHook, listHooks } from './hook-calls.ts';

export function hookHandlers(parts: CallParts): Handlers<typeof HOOK_ROUTES> {
  return {
    createHook: (c) => createHook(c, callersParts(c, parts), callerOf(c).name),
    listHooks: (c) => listHooks(c, parts),
    callHook: (c) => callHook(c, parts),
    deleteHook: (c) => deleteHook(c, parts),
  };
}
