/** The two audit lines of a run: load on a target began, and how it ended. */
import type { StoredSearch } from '../../store/store-port.ts';
import type { RunParts } from '../run/run-search.ts';

export async function audited(
  search: StoredSearch,
  { access, store }: RunParts,
  run: () => Promise<unknown>,
): Promise<void> {
  const what = {
    who: search.caller,
    target: search.question.target.baseUrl,
    searchId: search.id,
  };
  const outcome = search.state === 'running' ? 'resumed' : 'started';
  access.audit.record({ ...what, action: 'load.start', outcome });
  let end = 'interrupted';
  let detail: string | undefined;
  try {
    await run();
    const after = await store.search(search.id);
    if (after?.endedAtMs !== undefined) {
      end = after.state;
      detail = after.reason;
    }
  } finally {
    access.audit.record({
      ...what,
      action: 'load.stop',
      outcome: end,
      ...(detail !== undefined && { detail }),
    });
  }
}
