/**
 * SLO texts: `p99(ttft) < 500 ms and error_rate < 1%` to objectives, or to all of its faults.
 *
 *   slo        := objective { "and" objective }
 *   objective  := ( percentile | "median" | "mean" ) "(" metric [ "," part ] ")" ( "<" | "<=" ) time
 *               | "attainment" "(" bound { "and" bound } [ "," part ] ")" ( ">" | ">=" ) ratio
 *               | "error_rate" [ "(" part ")" ] ( "<" | "<=" ) ratio
 *               | "goodput" [ "(" part ")" ] ( ">" | ">=" ) rate
 *   part       := the name of a part of a mix: only its requests are judged
 *   bound      := metric ( "<" | "<=" ) time
 *   percentile := "p" number              p50, p99, p99.9
 *   metric     := ttft | ttft_from_send | tpot | itl | e2e, and their synonyms
 *   time       := number ( us | ms | s | min )      ratio := number [ "%" ]
 *   rate       := number ( req/s | req/min | rps )
 *
 * mathjs parses each objective (`slo-tree.ts` walks an allow-list and never evaluates); what the words
 * mean is in `slo-objective.ts`. Either side of a comparison may hold the bound.
 */
import type { Fault } from '../base/fault.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Objective, SloTier } from './objective.ts';
import { type SloFault, sloFault, toFault } from './slo-fault.ts';
import { type ReadObjective, readTerm } from './slo-objective.ts';
import { sloText } from './slo-text.ts';
import { scan } from './slo-tokens.ts';
import { parseTerm } from './slo-tree.ts';

/** Every objective takes its share of the error that the confidence allows. */
export const MAX_OBJECTIVES = 16;

/** `pointer` is where the text stands in what was given. */
export function parseSlo(
  text: string,
  pointer: string = '',
): Result<readonly Objective[], readonly Fault[]> {
  const scanned = scan(text);
  const faults: SloFault[] = [...scanned.faults];
  const read: ReadObjective[] = [];
  for (const term of scanned.terms) {
    // A term with a character that was left out would only be misread.
    if (scanned.faults.some((fault) => fault.at >= term.start && fault.at < term.end)) continue;
    const parsed = parseTerm(term, text);
    if (!parsed.ok) faults.push(parsed.error);
    else read.push(...readTerm(parsed.value, { text, faults }).filter((one) => one !== undefined));
  }
  faults.push(...duplicates(read));
  const surplus = read[MAX_OBJECTIVES];
  if (surplus !== undefined) {
    const expected = `at most ${MAX_OBJECTIVES} objectives`;
    faults.push(sloFault('slo_too_complex', expected, `${read.length}`, surplus.at));
  }
  if (faults.length === 0) return ok(read.map((one) => one.objective));
  faults.sort((a, b) => a.at - b.at);
  return err(faults.map((fault) => toFault(fault, text, pointer)));
}

/** A named tier from its text; the text is kept in canonical spelling. */
export function parseTier(
  name: string,
  text: string,
  pointer: string,
): Result<SloTier, readonly Fault[]> {
  const parsed = parseSlo(text, pointer);
  if (!parsed.ok) return parsed;
  return ok({ name, text: sloText(parsed.value), objectives: parsed.value });
}

function duplicates(read: readonly ReadObjective[]): SloFault[] {
  const seen = new Set<string>();
  return read.flatMap(({ objective, at }) => {
    if (!seen.has(objective.id)) {
      seen.add(objective.id);
      return [];
    }
    return [
      sloFault('slo_duplicate_objective', `one bound on ${objective.id}`, objective.text, at),
    ];
  });
}
