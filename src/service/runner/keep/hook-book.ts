/**
 * Hooks: made once, known by the hash of their token. The token is shown to whoever makes the hook and to
 * nobody after that.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Store, StoredHook } from '../../store/store-port.ts';
import type { Clock } from '../clock.ts';

export type Hook = Omit<StoredHook, 'tokenHash'>;

export interface HookBook {
  /** Undefined when there are too many. */
  create(
    hook: Pick<Hook, 'name' | 'caller' | 'binding'>,
  ): Promise<{ readonly hook: Hook; readonly token: string } | undefined>;
  list(): Promise<readonly Hook[]>;
  /** The hook of a token; undefined when nobody was given it. */
  find(token: string): Promise<Hook | undefined>;
  delete(id: string): Promise<boolean>;
}

/** 256 bits: nobody guesses one, and a plain hash of it cannot be turned round. */
const TOKEN_BYTES = 32;
/** So that a token is known as one wherever it turns up. */
export const TOKEN_PREFIX = 'plh_';
/** More pipelines than one service carries; keeps the list one answer. */
const MAX_HOOKS = 1_000;

export function createHookBook(
  store: Pick<Store, 'createHook' | 'hooks' | 'findHook' | 'deleteHook'>,
  clock: Clock,
  newId: () => string,
): HookBook {
  return {
    async create({ name, caller, binding }) {
      if ((await store.hooks()).length >= MAX_HOOKS) return undefined;
      const token = `${TOKEN_PREFIX}${randomBytes(TOKEN_BYTES).toString('base64url')}`;
      const hook: Hook = { id: newId(), name, caller, binding, createdAtMs: clock.wallMs() };
      await store.createHook({ ...hook, tokenHash: hashOf(token) });
      return { hook, token };
    },
    async list() {
      return (await store.hooks()).map(withoutHash);
    },
    async find(token) {
      if (!token.startsWith(TOKEN_PREFIX)) return undefined;
      const found = await store.findHook(hashOf(token));
      return found && withoutHash(found);
    },
    delete: (id) => store.deleteHook(id),
  };
}

function withoutHash({ tokenHash: _, ...hook }: StoredHook): Hook {
  return hook;
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
