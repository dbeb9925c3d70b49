/**
 * The answer for a step of GitHub Actions: outputs that later steps read, a summary, and one annotation
 * when the gate did not pass. Text that a target or a person gave is kept from being read as a command.
 */
import type { Summary } from '../client/ask.ts';

/** GitHub shows no summary at all above 1 MiB a step. */
const MAX_SUMMARY_BYTES = 1_000_000;

/** Lines of `GITHUB_OUTPUT`: `name=value`, so a value is one line. */
export function outputLines(summary: Summary): string {
  const values: readonly (readonly [string, string | number | null])[] = [
    ['id', summary.id],
    ['state', summary.state],
    ['verdict', summary.verdict],
    ['exit-code', summary.exit_code],
    ['reason', summary.reason],
    ['sentence', summary.sentence],
    ['capacity-at-least', summary.capacity_at_least],
    ['capacity-below', summary.capacity_below],
    ['report-url', summary.report_url],
  ];
  return values.map(([name, value]) => `${name}=${oneLine(String(value ?? ''))}\n`).join('');
}

/** One workflow command, or nothing when there is nothing to look at. */
export function annotation(summary: Summary): string {
  if (summary.exit_code === 0) return '';
  const level = summary.verdict === 'fail' ? 'error' : 'warning';
  const title = `Plimsoll: ${summary.verdict === 'none' ? summary.state : summary.verdict}`;
  return `::${level} title=${escapedProperty(title)}::${escaped(summary.sentence)}\n`;
}

export function stepSummary(markdown: string, summary: Summary): string {
  if (Buffer.byteLength(markdown) <= MAX_SUMMARY_BYTES) return `${markdown}\n`;
  const link = summary.report_url === null ? '' : ` [Report](${summary.report_url})`;
  return `${summary.sentence}${link}\n`;
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ');
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapedProperty(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
