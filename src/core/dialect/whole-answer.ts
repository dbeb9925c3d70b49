/**
 * Reads an answer that comes in one piece: embeddings and rankings, in every shape that servers give
 * them. It has one moment, its end, so that there is no first token and no output token in it.
 *
 * A vector is a thousand numbers and an answer may hold hundreds: parsing it all would hold up the
 * streams beside it for milliseconds, so that of a long body only what stands before and behind the
 * vectors is parsed, and the vectors are counted by their brackets.
 */
import { type Answer, createAnswer, type Usage } from './answer.ts';
import type { WholeEndpointKind } from './endpoint.ts';
import { errorMessageIn, shortened } from './error-message.ts';
import { countIn, isObject, type JsonObject, listIn, objectIn } from './json-value.ts';

/** Parsing this takes a tenth of a millisecond. */
const MAX_PARSED_BYTES = 16_384;
/**
 * The usage stands behind the vectors (OpenAI, vLLM) or before them (llama.cpp); servers put less than
 * this there.
 */
const END_BYTES = 2_048;

const OPENING_BRACKET = 0x5b;
const OPENING_BRACE = 0x7b;

/** `documents`: how many there have to be answers for. */
export function readWholeAnswer(
  endpoint: WholeEndpointKind,
  body: Buffer,
  documents: number,
): Answer {
  const answer = createAnswer();
  if (body.length > MAX_PARSED_BYTES && endpoint === 'embeddings') {
    readLong(body, documents, answer);
  } else {
    readParsed(endpoint, body, documents, answer);
  }
  return answer;
}

function readParsed(
  endpoint: WholeEndpointKind,
  body: Buffer,
  documents: number,
  answer: Answer,
): void {
  const value = parsed(body.toString('utf8'));
  if (isObject(value)) {
    answer.errorMessage = errorMessageIn(value);
    if (answer.errorMessage !== undefined) return;
    answer.usage = usageIn(value);
  }
  const items = itemsIn(endpoint, value);
  if (items === undefined) {
    answer.malformed = shortened(`no ${endpoint} answer: ${body.toString('utf8', 0, 80)}`);
    return;
  }
  const whole = items.filter((item) =>
    endpoint === 'embeddings' ? hasVector(item) : hasScore(item),
  ).length;
  finish(answer, whole, documents);
}

/** vLLM, Jina, Cohere: `results`; OpenAI: `data`; TEI and SGLang: the bare list. */
function itemsIn(endpoint: WholeEndpointKind, value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (!isObject(value)) return undefined;
  return endpoint === 'embeddings'
    ? listIn(value, 'data')
    : (listIn(value, 'results') ?? listIn(value, 'data'));
}

function hasVector(item: unknown): boolean {
  const vector = isObject(item) ? item['embedding'] : item;
  // Base64 of floats, or the floats; no vector has no number.
  if (typeof vector === 'string') return vector.length > 0;
  return Array.isArray(vector) && vector.length > 0;
}

function hasScore(item: unknown): boolean {
  return isObject(item) && typeof (item['relevance_score'] ?? item['score']) === 'number';
}

function readLong(body: Buffer, documents: number, answer: Answer): void {
  const first = body[0];
  if (first === OPENING_BRACKET) {
    finish(answer, countText(body, '],[') + countText(body, '], [') + 1, documents);
    return;
  }
  if (first !== OPENING_BRACE) {
    answer.malformed = 'no JSON';
    return;
  }
  const tail = body.toString('utf8', body.length - END_BYTES);
  const [head = ''] = body.toString('utf8', 0, END_BYTES).split('"embedding":', 1);
  answer.usage = usageInText(tail) ?? usageInText(head);
  // The key is written before each vector, with a space behind the colon or without.
  finish(answer, countText(body, '"embedding":'), documents);
}

/** Both ends are cut out of their object, so that neither is JSON of its own. */
function usageInText(end: string): Usage | undefined {
  const at = end.lastIndexOf('"usage"');
  if (at < 0) return undefined;
  const tokens = /"prompt_tokens"\s*:\s*(\d{1,9})/.exec(end.slice(at))?.[1];
  return tokens === undefined ? undefined : usageOf(Number(tokens));
}

function finish(answer: Answer, found: number, documents: number): void {
  if (found === documents) answer.sawEnd = true;
  else answer.malformed = `${found} answers for ${documents} documents`;
}

/** OpenAI's `usage`; Cohere's `meta.tokens` or `meta.billed_units`. */
function usageIn(object: JsonObject): Usage | undefined {
  const usage = objectIn(object, 'usage');
  if (usage !== undefined) {
    const tokens = countIn(usage, 'prompt_tokens') ?? countIn(usage, 'total_tokens');
    return tokens === undefined ? undefined : usageOf(tokens);
  }
  const meta = objectIn(object, 'meta');
  const told = meta && (objectIn(meta, 'tokens') ?? objectIn(meta, 'billed_units'));
  const tokens = told && countIn(told, 'input_tokens');
  return tokens === undefined ? undefined : usageOf(tokens);
}

function usageOf(inputTokens: number): Usage {
  return { inputTokens, outputTokens: undefined, cachedTokens: undefined };
}

function countText(body: Buffer, text: string): number {
  let count = 0;
  for (let at = body.indexOf(text); at >= 0; at = body.indexOf(text, at + text.length)) count += 1;
  return count;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
