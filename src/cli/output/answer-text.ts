/** The answer for a person at a terminal: the sentence, the verdict as word and shape, then the figures. */
import type { Summary } from '../client/ask.ts';

const SHAPES: Readonly<Record<string, string>> = { pass: '✓', fail: '✕', inconclusive: '?' };
const LABEL_WIDTH = 14;

export type Style = (verdict: string, text: string) => string;

export function answerText(summary: Summary, style: Style): string {
  const { verdict } = summary;
  const shape = SHAPES[verdict];
  const head = shape === undefined ? '' : `${style(verdict, `${shape} ${verdict}`)}  `;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['capacity', capacityWords(summary)],
    ['goodput', goodputWords(summary)],
    ['measured with', measuredWords(summary)],
    ['ended', summary.reason === null ? undefined : `${summary.state} (${summary.reason})`],
    ['id', summary.id],
    ['report', summary.report_url ?? `plimsoll report ${summary.id}`],
  ];
  const lines = rows.flatMap(([label, words]) =>
    words === undefined ? [] : [`  ${label.padEnd(LABEL_WIDTH)}${words}`],
  );
  return `${head}${summary.sentence}\n\n${lines.join('\n')}\n`;
}

function capacityWords(summary: Summary): string | undefined {
  const {
    capacity_at_least: atLeast,
    capacity_below: below,
    capacity_estimate: estimate,
  } = summary;
  const unit = summary.axis === 'request_rate' ? 'requests/s' : 'concurrent requests';
  const parts = [
    atLeast === 0 ? undefined : `at least ${number(atLeast)}`,
    below === null ? undefined : `below ${number(below)}`,
    estimate === null ? undefined : `estimate ${number(estimate)}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : `${parts.join(', ')} (${unit})`;
}

function goodputWords(summary: Summary): string | undefined {
  const { goodput_rps: there, max_goodput_rps: most, max_goodput_load: load } = summary;
  const parts = [
    there === null ? undefined : `${number(there)} good requests/s at the capacity`,
    most === null || load === null ? undefined : `most ${number(most)} at load ${number(load)}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(', ');
}

function measuredWords({ probes, requests, load_seconds: seconds }: Summary): string {
  return `${probes} ${probes === 1 ? 'probe' : 'probes'}, ${requests} requests, ${Math.round(seconds)} s of load`;
}

/** Three digits after the first: what a person compares. */
function number(value: number): string {
  return String(Number(value.toPrecision(4)));
}
