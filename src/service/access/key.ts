/**
 * Keys of callers. A key is 256 random bits, so its plain SHA-256 is as safe to keep as a slow hash: there
 * is nothing to guess, and a slow hash would only let strangers spend our time. It is shown once, when it
 * is made; the operator's file holds the hash.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { KeyRule } from './operator.ts';

const KEY_PREFIX = 'plm_';
const KEY_BYTES = 32;
/** Told from a JWT, and from a key of somebody else that was pasted by mistake, by its form. */
const KEY_FORM = /^plm_[A-Za-z0-9_-]{43}$/;

export function makeKey(): string {
  return `${KEY_PREFIX}${randomBytes(KEY_BYTES).toString('base64url')}`;
}

export function hashKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

export function isKeyForm(text: string): boolean {
  return KEY_FORM.test(text);
}

/** Compares with every hash, each in constant time: how long it takes says nothing of which is near. */
export function findKey(keys: readonly KeyRule[], presented: string): KeyRule | undefined {
  const hash = hashKey(presented);
  let found: KeyRule | undefined;
  for (const rule of keys) {
    for (const known of rule.hashes) {
      if (timingSafeEqual(known, hash)) found = rule;
    }
  }
  return found;
}
