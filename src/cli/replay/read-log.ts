/**
 * Reads a replay log, as `GET /v1/searches/{id}/log` gave it or as somebody sent it: every fault of its
 * shape, and of what its parts say of each other, is told before anything is replayed.
 */
import type { Fault } from '../../core/base/fault.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { shapeFaults } from '../../core/policy/shape-faults.ts';
import { parseJsonBytes } from '../../service/http/json-body.ts';
import { logSchema } from '../../service/http/schemas/log.ts';
import type { LogJson } from '../../service/http/to-json/log.ts';

export function readLog(bytes: Uint8Array): Result<LogJson, readonly Fault[]> {
  const read = parseJsonBytes(bytes);
  if (!read.ok) return err('faults' in read.error ? read.error.faults : []);
  const parsed = logSchema.safeParse(read.value);
  if (!parsed.success) return err(shapeFaults(parsed.error.issues, read.value));
  const faults = contradictions(parsed.data);
  return faults.length > 0 ? err(faults) : ok(parsed.data);
}

function contradictions(log: LogJson): Fault[] {
  const { spec, decisions, observations } = log;
  const faults: Fault[] = [];
  const say = (pointer: string, expected: string, received: number | string): void => {
    faults.push({ pointer, code: 'contradiction', expected, received: String(received) });
  };
  if (spec.minUnits > spec.maxUnits) {
    say('/spec/maxUnits', `at least ${spec.minUnits}, the least load`, spec.maxUnits);
  }
  const [n, most] = [observations.length, observations.length + 1];
  if (decisions.length < n || decisions.length > most) {
    say('/decisions', `${n} or ${most}, for ${n} observations`, decisions.length);
  }
  decisions.forEach(({ probe }, i) => {
    if (probe !== i) say(`/decisions/${i}/probe`, `${i}, its place`, probe);
  });
  observations.forEach((observation, i) => {
    const place = `/observations/${i}`;
    if (observation.probe !== i) say(`${place}/probe`, `${i}, its place`, observation.probe);
    const asked = decisions[i]?.loadUnits;
    if (asked !== undefined && observation.loadUnits !== asked) {
      say(`${place}/loadUnits`, `${asked}, as decided`, observation.loadUnits);
    }
    faults.push(...tierFaults(log, i));
  });
  return faults;
}

/** Everything that a burst says by tier or objective has as many entries as the question. */
function tierFaults({ spec, observations }: LogJson, i: number): Fault[] {
  const observation = observations[i];
  if (observation === undefined) return [];
  const { evidence, goodBlocks, goodputRps, worstRatiosOfBound } = observation;
  const lists: [name: string, wanted: number, list: readonly unknown[], of: string][] = [
    ...Object.entries({ evidence, goodBlocks, goodputRps, worstRatiosOfBound }).map(
      ([name, list]): (typeof lists)[number] => [name, spec.tiers.length, list, 'tier'],
    ),
    ...spec.tiers.map(({ objectives }, t): (typeof lists)[number] => {
      return [`evidence/${t}`, objectives.length, evidence[t] ?? [], 'objective'];
    }),
  ];
  return lists.flatMap(([name, wanted, list, of]) => {
    if (list.length === wanted) return [];
    return {
      pointer: `/observations/${i}/${name}`,
      code: 'contradiction',
      expected: `${wanted}, one for each ${of}`,
      received: String(list.length),
    };
  });
}
