/** Is this the base URL of an endpoint? Whether it may be loaded is the service's question. */
import { err, ok, type Result } from '../base/result.ts';

/** The URL without trailing slashes, or what was expected instead. Never quotes credentials. */
export function readBaseUrl(text: string): Result<string, string> {
  const example = 'such as http://127.0.0.1:8000/v1';
  if (text.trim() !== text || !URL.canParse(text)) return err(`an absolute URL ${example}`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return err(`http or https, ${example}`);
  if (!/^https?:\/\/[^/]/i.test(text)) return err(`an absolute URL ${example}`);
  if (url.username !== '' || url.password !== '') {
    return err('a URL without credentials; name them in api_key_ref');
  }
  if (url.search !== '' || url.hash !== '' || /[?#]/.test(text)) {
    return err('a URL without query and fragment');
  }
  return ok(text.replace(/\/+$/, ''));
}
