/**
 * The body of a search or gate from the command line and `plimsoll.yaml`, and what was assumed where
 * both are silent: the policy `chat`. Says what it assumed, since an assumption is half of the answer.
 */
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Given } from '../args/command.ts';
import { type Body, isBody, merge, readQuestionFile } from './question-file.ts';
import { type Kind, partsOf } from './question-options.ts';

const DEFAULT_POLICY = 'chat';
/** Long enough for a proxy that buffers, short enough that a killed pipeline does not load for minutes. */
export const DEFAULT_LEASE_SECONDS = 120;

export interface ReadQuestion {
  readonly body: Body;
  /** For people, one line each. */
  readonly assumed: readonly string[];
}

export function readQuestion(kind: Kind, given: Given): Result<ReadQuestion, readonly string[]> {
  const faults: string[] = [];
  const assumed: string[] = [];
  const parts = partsOf(kind, given);
  faults.push(...parts.faults);
  const file = readQuestionFile(given.text('file'));
  if (!file.ok) faults.push(...file.error);
  const ofFile = file.ok ? file.value : { body: {} };
  if (ofFile.path !== undefined) assumed.push(`Read ${ofFile.path}.`);
  const [address] = given.positionals;
  const target =
    address === undefined ? {} : { target: { base_url: withScheme(address, assumed) } };
  const body = merge(merge(partFor(kind, ofFile.body), parts.body), target);
  if (!hasAddress(body)) {
    faults.push('TARGET is missing: the address of the endpoint, as http://localhost:8000/v1');
  }
  const isOpen = body['policy'] === undefined && body['slo'] === undefined;
  if (isOpen) assumed.push(`No --slo and no --policy: the policy ${DEFAULT_POLICY}.`);
  const whole = isOpen ? { policy: DEFAULT_POLICY, ...body } : body;
  return faults.length > 0 ? err(faults) : ok({ body: whole, assumed });
}

/** One file serves both: a gate has no use for the range of a search, and names its load otherwise. */
function partFor(kind: Kind, body: Body): Body {
  const { at_least, required_at_least = at_least, resolution, load, ...rest } = body;
  const required = required_at_least !== undefined;
  if (kind === 'search') {
    const range = {
      ...(resolution !== undefined && { resolution }),
      ...(load !== undefined && { load }),
    };
    return { ...rest, ...range, ...(required && { required_at_least }) };
  }
  const axis = isBody(load) && 'axis' in load ? { load: { axis: load['axis'] } } : {};
  return { ...rest, ...axis, ...(required && { at_least: at_least ?? required_at_least }) };
}

function hasAddress(body: Body): boolean {
  const target: unknown = body['target'];
  return typeof target === 'object' && target !== null && 'base_url' in target;
}

/** `localhost:8000` is what people type. */
function withScheme(address: string, assumed: string[]): string {
  const url = /^[a-z]+:\/\//i.test(address) ? address : `http://${address}`;
  const whole = URL.canParse(url) && new URL(url).pathname === '/' ? new URL('/v1', url).href : url;
  if (whole !== address) assumed.push(`Target: ${whole}.`);
  return whole;
}
