/**
 * Finds what a server says went wrong, in each of the shapes that servers use: OpenAI's nested
 * `{error: {message, type, code}}` (vLLM, llama.cpp, Anthropic, most others), SGLang's flat
 * `{object: "error", message}`, TGI's and Ollama's `{error: "text"}`, FastAPI's `{detail}`.
 */
import { MAX_MESSAGE_CHARS } from './answer.ts';
import { isObject, type JsonObject, objectIn, textIn } from './json-value.ts';

/** The error in an event or body, or undefined when it is none. */
export function errorMessageIn(object: JsonObject): string | undefined {
  const nested = objectIn(object, 'error');
  if (nested !== undefined) return shortened(describe(nested));
  const flat = textIn(object, 'error');
  if (flat !== undefined) return shortened(textIn(object, 'message') ?? flat);
  if (textIn(object, 'object') === 'error' || textIn(object, 'type') === 'error') {
    return shortened(describe(object));
  }
  return undefined;
}

/** The message in the body of an answer that is no success; any body, maybe no JSON at all. */
export function errorMessageInBody(body: string): string | undefined {
  const parsed = parsedOrUndefined(body);
  if (!isObject(parsed)) return body.trim() === '' ? undefined : shortened(body.trim());
  return (
    errorMessageIn(parsed) ??
    textIn(parsed, 'message') ??
    shortened(textIn(parsed, 'detail') ?? body.trim())
  );
}

/** Whether a whole body is an error object and nothing else. */
export function isErrorBody(body: string): boolean {
  const parsed = parsedOrUndefined(body);
  return isObject(parsed) && errorMessageIn(parsed) !== undefined;
}

export function shortened(text: string): string {
  return text.length > MAX_MESSAGE_CHARS ? `${text.slice(0, MAX_MESSAGE_CHARS)}…` : text;
}

function describe(error: JsonObject): string {
  const type = textIn(error, 'type') ?? textIn(error, 'code');
  const message = textIn(error, 'message');
  if (message === undefined) return type ?? 'error without a message';
  return type === undefined || type === 'error' ? message : `${type}: ${message}`;
}

function parsedOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
