/** Makes problem documents (RFC 9457): the only form in which this service says no. */
import type { Fault } from '../../core/base/fault.ts';
import { PROBLEMS, type ProblemCode, problemType } from './errors.ts';

export interface ProblemExtras {
  /** All that is wrong with the request. */
  readonly errors?: readonly Fault[];
  /** The search that stands in the way. */
  readonly searchId?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** More exact than the detail of the code. */
  readonly detail?: string;
}

export interface ProblemPlace {
  /** Path of the request. */
  readonly instance: string;
  readonly requestId: string;
}

/** An early end of a handler; `app.ts` turns it into the answer. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly extras: ProblemExtras;

  constructor(code: ProblemCode, extras: ProblemExtras = {}) {
    super(code);
    this.code = code;
    this.extras = extras;
  }
}

/** A request with faults in body, query or headers. */
export function invalid(errors: readonly Fault[]): Problem {
  return new Problem('invalid_request', { errors });
}

export function problemBody(code: ProblemCode, extras: ProblemExtras, place: ProblemPlace) {
  const { status, title, detail } = PROBLEMS[code];
  return {
    type: problemType(code),
    title,
    status,
    detail: extras.detail ?? detail,
    instance: place.instance,
    code,
    request_id: place.requestId,
    ...(extras.errors === undefined ? {} : { errors: told(extras.errors).map(faultToJson) }),
    ...(extras.searchId === undefined ? {} : { search_id: extras.searchId }),
  };
}

/** More than a person reads; a body of a quarter of a megabyte must not become an answer of many. */
const MAX_FAULTS = 200;

/** All of them, or the first with the number of the others. */
function told(errors: readonly Fault[]): readonly Fault[] {
  if (errors.length <= MAX_FAULTS) return errors;
  const received = `${errors.length - MAX_FAULTS} more faults`;
  const more: Fault = { pointer: '', code: 'more_faults', expected: 'fewer', received };
  return [...errors.slice(0, MAX_FAULTS), more];
}

export function faultToJson(fault: Fault) {
  const { pointer, code, expected, received, line, column } = fault;
  return {
    pointer,
    code,
    expected,
    received,
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
  };
}
