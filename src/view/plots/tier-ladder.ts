/** The brackets of all tiers under one another, over the same loads: shown when there are several. */
import * as Plot from '@observablehq/plot';
import { loadNumber } from '../sentence.ts';
import { drawPanel, type Panel } from './frame.ts';
import type { Domain } from './load-axis.ts';
import { loadScale, MARGINS } from './load-marks.ts';
import { plainText } from './plain-text.ts';
import type { PlotSource } from './plot-source.ts';

const ROW = 27;

export function tierLadder(source: PlotSource, domain: Domain): Panel[] {
  const { axis, tiers } = source.question;
  if (tiers.length < 2) return [];
  const rows = tiers.map(({ name }, y) => {
    const result = source.result?.tiers.find((tier) => tier.tier === name);
    const { lower, upper, estimate } = result ?? {};
    const passes = lower === undefined ? 'none passes' : `${loadNumber(axis, lower)} passes`;
    const fails = upper === undefined ? 'none fails' : `${loadNumber(axis, upper)} fails`;
    const known = lower !== undefined || upper !== undefined;
    return {
      y,
      from: lower ?? domain[0],
      to: upper ?? domain[1],
      text: `${plainText(name, 24)}: ${known ? `${passes}, ${fails}` : 'undecided'}`,
      kind: !known ? 'none' : lower === undefined || upper === undefined ? 'open' : 'whole',
      estimate: estimate?.load,
    };
  });
  const band = (kind: string, className: string): Plot.Markish =>
    Plot.rect(
      rows.filter((row) => row.kind === kind),
      {
        x1: 'from',
        x2: 'to',
        y1: (row: { y: number }) => row.y + 0.56,
        y2: (row: { y: number }) => row.y + 0.9,
        className,
      },
    );
  const height = tiers.length * ROW + 24;
  return [
    drawPanel(source, height, {
      ...MARGINS,
      marginTop: 18,
      marginBottom: 6,
      x: loadScale(domain),
      y: { domain: [0, tiers.length], reverse: true, axis: null },
      marks: [
        Plot.text(['brackets of all tiers'], {
          frameAnchor: 'top-left',
          dy: -14,
          className: 'plot-note',
        }),
        Plot.ruleY(
          rows.map((row) => row.y),
          { className: 'grid' },
        ),
        band('whole', 'bracket bracket-edge'),
        band('open', 'bracket-open bracket-edge'),
        Plot.ruleX(
          rows.filter((row) => row.estimate !== undefined),
          {
            x: 'estimate',
            y1: (row: { y: number }) => row.y + 0.56,
            y2: (row: { y: number }) => row.y + 0.9,
            className: 'estimate',
          },
        ),
        Plot.text(rows, {
          y: (row: { y: number }) => row.y + 0.27,
          text: 'text',
          frameAnchor: 'left',
          textAnchor: 'start',
          className: 'halo',
          strokeWidth: 3,
        }),
      ],
    }),
  ];
}
