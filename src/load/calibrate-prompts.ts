/**
 * What our words cost in the target's own tokens, found with a few tiny requests, so that a prompt of N
 * tokens has N tokens. Three tell what the template adds, what the filler costs and what all words cost
 * together; where that is not one token a word, one more for each group of words. Where the workload
 * has system messages or turns, one more for each tells what the template adds to those. Where the
 * target tells no usage a tokenizer file can, without requests and without a template.
 */
import type { Said } from '../core/dialect/request-body.ts';
import { FILLER_WORD, PROMPT_WORDS, WORD_GROUPS } from '../core/workload/prompt-words.ts';
import type { PromptCalibration, PromptPlace } from '../core/workload/prompts.ts';

/** What a counted prompt comes after. */
export interface PromptBefore {
  readonly system?: string;
  readonly history?: readonly Said[];
}

/** How many tokens a prompt has with what comes before it, or undefined when nobody says. */
export type CountPrompt = (prompt: string, before?: PromptBefore) => Promise<number | undefined>;

const NOTHING: PromptPlace = { hasSystem: false, hasHistory: false };

const FEW_FILLERS = 16;
const MANY_FILLERS = 48;
/** A server that counts something else (characters, only new tokens) teaches nothing. */
const TOKENS_PER_WORD = { min: 0.5, max: 8 };
/** Sums of whole tokens: what differs by less is the same. */
const SAME_TOKENS = 0.5;

export async function calibratePrompts(
  count: CountPrompt,
  source: NonNullable<PromptCalibration['source']>,
  place: PromptPlace = NOTHING,
): Promise<PromptCalibration | undefined> {
  const words = await calibrateWords(count);
  if (words === undefined) return undefined;
  const { filler, ...found } = words;
  return {
    ...found,
    ...(await calibratePlace(count, found.templateTokens, filler, place)),
    source,
  };
}

interface CountedWords extends PromptCalibration {
  readonly templateTokens: number;
  /** Tokens of one filler word. */
  readonly filler: number;
}

async function calibrateWords(count: CountPrompt): Promise<CountedWords | undefined> {
  const few = await count(fillers(FEW_FILLERS));
  if (few === undefined) return undefined;
  const many = await count(fillers(MANY_FILLERS));
  const all = await count(`${FILLER_WORD} ${PROMPT_WORDS.join(' ')}`);
  if (many === undefined || all === undefined) return undefined;
  const fillerTokens = (many - few) / (MANY_FILLERS - FEW_FILLERS);
  const templateTokens = Math.round(few - fillerTokens * FEW_FILLERS);
  // A prompt's first word has no space before it: it is the filler in each, and counts as template.
  const wordTokens = all - templateTokens - fillerTokens;
  const tokensPerWord = wordTokens / PROMPT_WORDS.length;
  const isSane = (tokens: number): boolean =>
    tokens >= TOKENS_PER_WORD.min && tokens <= TOKENS_PER_WORD.max;
  if (!isSane(fillerTokens) || !isSane(tokensPerWord) || templateTokens < 0) return undefined;
  const found = { tokensPerWord, templateTokens, filler: fillerTokens };
  // No word costs less than a token, so that as many tokens as words are one each.
  if (Math.abs(wordTokens - PROMPT_WORDS.length) < SAME_TOKENS) return found;
  const groupTokens: number[] = [];
  for (const words of WORD_GROUPS) {
    const tokens = await count(`${FILLER_WORD} ${words.join(' ')}`);
    const own = tokens === undefined ? 0 : tokens - templateTokens - fillerTokens;
    if (own <= 0) return found;
    groupTokens.push(own);
  }
  const isEven = WORD_GROUPS.every(
    (words, i) => Math.abs((groupTokens[i] ?? 0) - tokensPerWord * words.length) <= SAME_TOKENS,
  );
  return isEven && Math.abs(fillerTokens - tokensPerWord) * PROMPT_WORDS.length <= 1
    ? found
    : { ...found, costs: { groupTokens, fillerTokens } };
}

/** The words are the same few fillers each time, so that what is left over is the template's. */
async function calibratePlace(
  count: CountPrompt,
  templateTokens: number,
  filler: number,
  { hasSystem, hasHistory }: PromptPlace,
): Promise<Pick<PromptCalibration, 'systemTokens' | 'turnTokens'>> {
  const text = fillers(FEW_FILLERS);
  const beside = (tokens: number | undefined, texts: number): number | undefined =>
    tokens && Math.round(tokens - templateTokens - texts * FEW_FILLERS * filler);
  const systemTokens = hasSystem ? beside(await count(text, { system: text }), 2) : undefined;
  const told = (role: Said['role']): Said => ({ role, text });
  const turnTokens = hasHistory
    ? beside(await count(text, { history: [told('user'), told('assistant')] }), 3)
    : undefined;
  return {
    ...(systemTokens !== undefined && { systemTokens }),
    ...(turnTokens !== undefined && { turnTokens }),
  };
}

function fillers(count: number): string {
  return Array.from({ length: count }, () => FILLER_WORD).join(' ');
}
