/**
 * The words that prompts are made of: short and common in English, so that nearly every tokenizer of
 * 32,000 entries or more keeps each as one token when a space stands before it. 256 of them: one
 * random byte picks one.
 */
const TEXT = `
time year people way day man thing woman life child world school state family student group country
problem hand part place case week company system program question work government number night point
home water room mother area money story fact month lot right study book eye job word business issue
side kind head house service friend father power hour game line end member law car city community
name president team minute idea body information back parent face others level office door health
person art war history party result change morning reason research girl guy moment air teacher force
education food sun road tree river stone light sound music paper letter table window garden street
market price cost rate value plan model data test map image color shape size space field ground form
answer rule order step move play run walk talk call turn start stop open close read write think know
learn teach build grow cut hold bring send show keep leave feel seem find give take make good new
first last long great little own other old big high small large next early young public bad same
able local late hard major better free full special clear recent certain strong possible real best
white black red blue green dark warm cold fast slow deep wide left under over again still never
bridge station train plane ship coffee bread fish bird horse summer winter season island mountain ocean
always often once here there where when then now more most many much only even also just well
`;

export const PROMPT_WORDS: readonly string[] = [...new Set(TEXT.trim().split(/\s+/))].slice(0, 256);
