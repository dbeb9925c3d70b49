/** The handlers of the kill switch, by the names of their routes. */
import type { Fault } from '../../../core/base/fault.ts';
import type { KillState } from '../../access/kill-switch.ts';
import { callerOf } from '../access/guard-caller.ts';
import type { CallParts, Handlers } from '../handlers.ts';
import { invalid, Problem } from '../problem.ts';
import { reasonQuery } from '../queries.ts';
import { readQuery, refuseQuery } from '../read-query.ts';
import type { KILL_SWITCH_ROUTES } from '../routes/kill-switch.ts';

export function killSwitchHandlers({ access }: CallParts): Handlers<typeof KILL_SWITCH_ROUTES> {
  const theSwitch = () => {
    if (access === undefined)
      throw new Problem('not_ready', { detail: 'There is no kill switch.' });
    return access.killSwitch;
  };
  return {
    readKillSwitch: (c) => {
      refuseQuery(c);
      return c.json(toJson(theSwitch().state()));
    },
    engageKillSwitch: async (c) => {
      const faults: Fault[] = [];
      const query = readQuery(c.req.url, reasonQuery, faults);
      if (query === undefined) throw invalid(faults);
      return c.json(toJson(await theSwitch().engage(callerOf(c).name, query.reason ?? '')));
    },
    releaseKillSwitch: async (c) => {
      refuseQuery(c);
      await theSwitch().release();
      return c.json(toJson(theSwitch().state()));
    },
  };
}

function toJson(state: KillState | undefined) {
  return {
    engaged: state !== undefined,
    since: state === undefined ? null : new Date(state.sinceMs).toISOString(),
    by: state?.by ?? null,
    reason: state?.reason ?? null,
    survives_restart: state?.survivesRestart ?? null,
  };
}
