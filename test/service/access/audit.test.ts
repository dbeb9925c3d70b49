/** A flood of refusals costs a bounded number of lines, and nothing else is ever left out. */
import { expect, test } from 'vitest';
import { type AuditEntry, boundRefusals } from '../../../src/service/access/audit.ts';
import { accountOf } from '../../../src/service/access/identify-caller.ts';

test('refusals of one caller have a rate, told when it is over; the others go on', () => {
  const lines: AuditEntry[] = [];
  let nowMs = 0;
  const audit = boundRefusals({ record: (entry) => lines.push(entry) }, () => nowMs, accountOf);
  const refuse = (who: string) => audit.record({ action: 'createSearch', outcome: 'refused', who });
  for (let i = 0; i < 10_000; i++) refuse('-');
  expect(lines).toHaveLength(100);
  refuse('ci:job-1');
  audit.record({ action: 'load.start', outcome: 'started', who: '-' });
  expect(lines).toHaveLength(102);
  nowMs += 1_000;
  refuse('-');
  expect(lines.slice(-2)).toEqual([
    {
      action: 'audit',
      outcome: 'suppressed',
      who: '-',
      detail: '9900 more refusals were not written',
    },
    { action: 'createSearch', outcome: 'refused', who: '-' },
  ]);
  // The jobs of one rule share its rate.
  for (let i = 0; i < 1_000; i++) refuse(`ci:job-${i}`);
  expect(lines.filter(({ who }) => who.startsWith('ci'))).toHaveLength(101);
});
