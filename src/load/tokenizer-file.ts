/**
 * Counts tokens with the `tokenizer.json` of a model (Hugging Face), for targets that tell no usage. The
 * file comes from the operator's folder of data files and is read once.
 */
import { Tokenizer } from '@huggingface/tokenizers';
import { err, ok, type Result } from '../core/base/result.ts';
import { openDataFile, type PathFault } from './data-files/data-folder.ts';

export interface TokenCounter {
  /** Tokens of a text alone, without what a template would add. */
  count(text: string): number;
}

/** The largest published ones have 35 MB. */
const MAX_TOKENIZER_BYTES = 134_217_728;

export async function openTokenizer(
  folder: string | undefined,
  path: string,
): Promise<Result<TokenCounter, PathFault>> {
  const opened = await openDataFile(folder, path);
  if (!opened.ok) return opened;
  const { handle, bytes } = opened.value;
  const wrong = (received: string): Result<never, PathFault> =>
    err({ code: 'tokenizer_broken', expected: 'a tokenizer.json of Hugging Face', received });
  try {
    if (bytes > MAX_TOKENIZER_BYTES) return wrong(`${bytes} bytes`);
    return ok(createTokenCounter(await handle.readFile('utf8')));
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  } finally {
    await handle.close();
  }
}

/** Throws when the text is no tokenizer. */
export function createTokenCounter(json: string): TokenCounter {
  const parsed: unknown = JSON.parse(json);
  if (typeof parsed !== 'object' || parsed === null || !('model' in parsed)) {
    throw new Error('it has no model');
  }
  const tokenizer = new Tokenizer(parsed, {});
  return {
    count: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids.length,
  };
}
