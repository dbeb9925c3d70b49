/**
 * The spans of one search: the run, what the controller decided, each probe with its parts. They continue
 * the trace of the call that asked for the search; a run after a restart continues it again, because the
 * place is stored with the search. A probe is linked to the decision that asked for it.
 */
import { type Link, type Span, type Tracer, trace } from '@opentelemetry/api';
import type { TraceContext } from '../../../core/base/trace-context.ts';
import type { Decision, ProbeDecision } from '../../../core/search/decision.ts';
import type { StoredSearch } from '../../store/store-port.ts';
import type { ProbeRun } from '../run/run-probe.ts';
import { contextOf, failSpan, placeOf, within } from './spans.ts';

export interface ProbeTrace {
  /** What its requests tell the target; undefined when they tell nothing. */
  readonly place: TraceContext | undefined;
  /** A part of the probe's work, as a span below it. */
  part<T>(name: string, work: () => Promise<T>): Promise<T>;
  ended(run: ProbeRun | 'fenced'): void;
  failed(error: unknown): void;
}

export interface SearchTrace {
  /** One decision of the controller: what it cost to make, and what it says. */
  decide<T extends { readonly decision: Decision }>(work: () => T): T;
  /** Work on the target before any load. */
  part<T>(name: string, work: () => Promise<T>): Promise<T>;
  probe(decision: ProbeDecision, attempt: number): ProbeTrace;
  ended(outcome: 'ended' | 'left', state: string): void;
  failed(error: unknown): void;
}

export function traceSearch(search: StoredSearch, tracer: Tracer): SearchTrace {
  const { question } = search;
  const propagates = question.target.propagateTrace === true;
  const span = tracer.startSpan(
    'search',
    {
      attributes: {
        'plimsoll.search.id': search.id,
        'plimsoll.search.resumed': search.state === 'running',
        'plimsoll.axis': question.axis,
        'plimsoll.target': question.target.baseUrl,
        ...(question.policy !== undefined && { 'plimsoll.policy': question.policy }),
      },
    },
    contextOf(search.trace),
  );
  const inside = trace.setSpan(contextOf(search.trace), span);
  let decided: Link | undefined;

  return {
    decide(work) {
      const deciding = tracer.startSpan('decide', {}, inside);
      try {
        const step = work();
        describeDecision(deciding, step.decision);
        decided = { context: deciding.spanContext() };
        return step;
      } catch (error) {
        failSpan(deciding, error);
        throw error;
      } finally {
        deciding.end();
      }
    },
    part: (name, work) => within(tracer, inside, name, {}, work),
    probe(decision, attempt) {
      const { probe, phase, load } = decision;
      const probing = tracer.startSpan(
        'probe',
        {
          attributes: {
            'plimsoll.probe': probe,
            'plimsoll.attempt': attempt,
            'plimsoll.phase': phase,
            'plimsoll.load': load,
          },
          ...(decided !== undefined && { links: [decided] }),
        },
        inside,
      );
      const below = trace.setSpan(inside, probing);
      return {
        place: propagates ? placeOf(probing) : undefined,
        part: (name, work) => within(tracer, below, name, {}, work),
        ended(run) {
          describeRun(probing, run);
          probing.end();
        },
        failed(error) {
          failSpan(probing, error);
          probing.end();
        },
      };
    },
    ended(outcome, state) {
      span.setAttribute('plimsoll.search.outcome', outcome);
      span.setAttribute('plimsoll.search.state', state);
      span.end();
    },
    failed(error) {
      failSpan(span, error);
      span.end();
    },
  };
}

function describeDecision(span: Span, decision: Decision): void {
  if (decision.kind === 'done') {
    span.setAttributes({
      'plimsoll.decision': 'done',
      'plimsoll.stopped': decision.result.stopped,
    });
    return;
  }
  const { probe, phase, load, reason } = decision;
  span.setAttributes({
    'plimsoll.decision': 'probe',
    'plimsoll.probe': probe,
    'plimsoll.phase': phase,
    'plimsoll.load': load,
    'plimsoll.reason': reason,
  });
}

function describeRun(span: Span, run: ProbeRun | 'fenced'): void {
  if (run === 'fenced') {
    span.setAttribute('plimsoll.probe.outcome', 'fenced');
    return;
  }
  switch (run.kind) {
    case 'finished': {
      const { observation, report } = run;
      span.setAttributes({
        'plimsoll.probe.outcome': report.voided === undefined ? 'finished' : 'voided',
        'plimsoll.probe.end': observation.end,
        'plimsoll.probe.requests': observation.requests,
        'plimsoll.probe.output_tokens': observation.outputTokens,
        ...(report.voided !== undefined && { 'plimsoll.probe.voided': report.voided }),
        'plimsoll.probe.verdicts': report.tiers.map(({ tier, verdict }) => `${tier}=${verdict}`),
      });
      return;
    }
    case 'spoilt':
      span.setAttribute('plimsoll.probe.outcome', 'spoilt');
      failSpan(span, run.trouble.detail);
      return;
    case 'lost':
      span.setAttribute('plimsoll.probe.outcome', 'lost');
      failSpan(span, run.detail);
  }
}
