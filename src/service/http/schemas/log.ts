/**
 * The replay log, version 1: what the controller was told and what it decided, exactly as it is kept.
 * The names inside `spec`, `observations` and `decisions` are the controller's own, not those of the
 * API: a log is a record to be replayed, not an answer to be read. Another form is another version.
 */
import { z } from 'zod';
import { orAbsent } from './or-absent.ts';
import { orNull } from './or-null.ts';
import { gateQuestionSchema, questionSchema, resultSchema, STATES } from './search.ts';

export const LOG_VERSION = 1;

const number = z.number();
const count = z.int().min(0);
const units = z.int().min(1).describe('A load in steps of its grid');
const amount = z.number().min(0);

const objectiveSpec = z
  .discriminatedUnion(
    'kind',
    [
      z.strictObject({
        kind: z.literal('ratio'),
        id: z.string(),
        missRatio: z.number().min(0).max(1),
        counted: z.enum(['arrival', 'completion']),
      }),
      z.strictObject({ kind: z.literal('mean'), id: z.string(), bound: number }),
      z.strictObject({ kind: z.literal('floor'), id: z.string(), boundRps: number }),
    ],
    'one of ratio, mean, floor',
  )
  .meta({ id: 'LogObjective' });

const specSchema = z
  .strictObject({
    axis: z.enum(['concurrency', 'request_rate']),
    minUnits: units,
    maxUnits: units,
    startUnits: orAbsent(units),
    tiers: z
      .array(z.strictObject({ name: z.string(), objectives: z.array(objectiveSpec).min(1) }))
      .min(1),
    confidence: z.number().gt(0).lt(1),
    resolution: z.number().gt(0),
    budget: z.strictObject({ loadMs: amount, requests: amount, outputTokens: amount }),
  })
  .meta({ id: 'LogSpec', description: 'What the controller was asked, made from the question' });

const level = z.strictObject({ n: count, sum: number, sumOfSquares: number });
const weight = z.number().min(0).max(1);
const floorBlocks = z.array(z.strictObject({ seconds: amount, good: number }));

const evidence = z
  .discriminatedUnion(
    'kind',
    [
      z.strictObject({
        kind: z.literal('ratio'),
        blocks: z.array(z.strictObject({ n: count, bad: count, level: orAbsent(level) })),
        weight,
      }),
      z.strictObject({ kind: z.literal('mean'), blocks: z.array(level), weight }),
      z.strictObject({ kind: z.literal('floor'), blocks: floorBlocks, weight }),
      z.strictObject({ kind: z.literal('missing'), reason: z.string() }),
    ],
    'one of ratio, mean, floor, missing',
  )
  .meta({ id: 'LogEvidence', description: 'What one burst says about one objective, in blocks' });

const observationSchema = z
  .strictObject({
    probe: count,
    loadUnits: units,
    end: z.enum([
      'length',
      'clear_fail',
      'clear_pass',
      'resolved',
      'saturated',
      'budget',
      'voided',
      'cancelled',
    ]),
    loadMs: amount,
    windowMs: amount,
    requests: count,
    outputTokens: count,
    meanE2eMs: amount,
    meanInFlight: amount,
    completedRps: amount,
    waiting: count,
    worstRatiosOfBound: z.array(number),
    goodputRps: z.array(number),
    evidence: z.array(z.array(evidence)).describe('By tier and objective, in the order of `spec`'),
    goodBlocks: z.array(floorBlocks),
    pace: z.array(
      z.strictObject({ atMs: number, meanTpotMs: number, meanDecoding: number, n: count }),
    ),
  })
  .meta({ id: 'LogObservation', description: 'What the controller was told after a burst' });

const decisionSchema = z
  .strictObject({
    kind: z.literal('probe'),
    probe: count,
    phase: z.enum(['grow', 'bisect', 'refine', 'recheck']),
    loadUnits: units,
    load: number,
    rampMs: amount,
    settleMs: amount,
    windowMs: amount,
    lookEveryMs: amount,
    reason: z.string(),
  })
  .meta({ id: 'LogDecision', description: 'The burst that the controller asked for' });

export const logSchema = z
  .strictObject({
    version: z.literal(LOG_VERSION).describe('Of this format'),
    id: z.string(),
    state: z.enum(STATES),
    plimsoll_version: z.string().nullable().describe('That measured; null before it started'),
    kind: orAbsent(
      z.literal('gate'),
      'Of the log of a gate only: its one load is both ends of the range of `spec`',
    ),
    question: z.union([questionSchema, gateQuestionSchema]),
    spec: specSchema,
    decisions: z
      .array(decisionSchema)
      .describe('One for each observation, and one more when a burst was begun and has no end'),
    observations: z.array(observationSchema).describe('Voided bursts included'),
    result: orNull(resultSchema).describe('The answer; null while there is none to hold to'),
  })
  .meta({ id: 'ReplayLog', description: 'Enough to replay every decision of a search' });
