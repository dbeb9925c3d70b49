/**
 * The token of a hook is a key that stands in a path, and paths are logged, traced and given back. This is
 * the one way from a path to what anybody may keep of it.
 */
import { TOKEN_PREFIX } from '../../runner/keep/hook-book.ts';

/** Whatever stands where a token does, and whatever looks like one elsewhere. */
const IN_PLACE = /(\/hooks\/+)[^/]+/gi;
const ANYWHERE = new RegExp(`${TOKEN_PREFIX}[\\w-]*`, 'gi');

export function cutToken(path: string): string {
  return path.replaceAll(IN_PLACE, '$1{hook}').replaceAll(ANYWHERE, '{hook}');
}
