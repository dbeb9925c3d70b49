/**
 * What a caller has used today and has reserved, against its quota: asked each time from the store's own
 * log, so that there is no second book that a crash or a restart could leave wrong.
 */
import { accountOf, grantOf } from '../../access/identify-caller.ts';
import type { Operator } from '../../access/operator.ts';
import {
  addUse,
  dayStartMs,
  type LoadUse,
  NO_LOAD,
  type QuotaRefusal,
  quotaRefusal,
} from '../../access/quota.ts';
import type { Store, StoredSearch } from '../../store/store-port.ts';

export async function overQuota(
  caller: string,
  asked: LoadUse,
  operator: Operator,
  store: Store,
  nowMs: number,
): Promise<QuotaRefusal | undefined> {
  const quotas = grantOf(operator, caller)?.quotas;
  if (quotas === undefined || Object.keys(quotas).length === 0) return undefined;
  const account = accountOf(caller);
  const unended = (await store.unended()).filter((search) => accountOf(search.caller) === account);
  const use = {
    searches: unended.length,
    reserved: unended.map(budgetOf).reduce(addUse, NO_LOAD),
    spent: await store.loadUsed(account, dayStartMs(nowMs)),
  };
  return quotaRefusal(quotas, use, asked, nowMs);
}

function budgetOf({ question }: StoredSearch): LoadUse {
  return question.budget;
}
