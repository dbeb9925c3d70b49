/**
 * The words that prompts are made of: short and common in English, so that nearly every tokenizer of
 * 32,000 entries or more keeps each as one token when a space stands before it. They stand in groups:
 * where a tokenizer does not, what a group costs is found with one request, and a prompt is made of
 * whole groups.
 */
const GROUPS = `
year time people way day man thing woman life child world school state family group part
place case week company system program question work number night point home water room mother area
money story fact month right study book job word business issue side kind head house service
friend father power hour game line end member law car city community name team idea body
back parent face level office door health person art war history party result change morning reason
food sun road tree river stone light sound music paper letter table window garden street market
price cost rate value plan model data test map image color shape size space field ground
answer rule order step move play run walk talk call turn start stop open close read
`;

export const WORD_GROUPS: readonly (readonly string[])[] = GROUPS.trim()
  .split('\n')
  .map((line) => line.split(' '));
export const PROMPT_WORDS: readonly string[] = WORD_GROUPS.flat();
/** Fills what is left beside whole groups. */
export const FILLER_WORD = 'time';
