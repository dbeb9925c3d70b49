/** The example drawn: how many requests were late at each load, how sure that is, and the bracket. */
import { html } from 'hono/html';
import type { Markup } from '../page/layout.ts';
import { numberText, percentText } from '../page/number-text.ts';
import { EXAMPLE, EXAMPLE_BRACKET, EXAMPLE_LOADS, type ExampleLoad } from './example.ts';

/** Drawn at about the width of a phone, so that its letters are as large there as beside it. */
const SIZE = { width: 480, height: 330 } as const;
const PLOT = { left: 58, right: 466, top: 44, bottom: 282 } as const;
const LOADS = { from: 58, to: 132 } as const;
const RATIOS = { from: 0.0002, to: 0.1 } as const;
const RATIO_TICKS = [0.001, 0.01, 0.1] as const;
const MARK = 5;

/** Share of the way from one end of a logarithmic axis to the other. */
const share = (value: number, { from, to }: { readonly from: number; readonly to: number }) =>
  Math.log(Math.max(from, value) / from) / Math.log(to / from);
const x = (load: number): number =>
  Math.round(PLOT.left + share(load, LOADS) * (PLOT.right - PLOT.left));
const y = (ratio: number): number =>
  Math.round(PLOT.bottom - share(ratio, RATIOS) * (PLOT.bottom - PLOT.top));

export function bracketFigure(): Markup {
  const { lower, upper } = EXAMPLE_BRACKET;
  const limit = y(EXAMPLE.allowedRatio);
  const label =
    `Share of late requests against load. It rises from ${ratioText(EXAMPLE_LOADS[0])} to ` +
    `${ratioText(EXAMPLE_LOADS.at(-1))} and crosses the allowed ${percentText(EXAMPLE.allowedRatio)} between ` +
    `${lower}, which was shown to pass, and ${upper}, which was shown to fail.`;
  return html`<svg class="plimsoll-plot" viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-label="${label}">
<rect class="bracket" x="${x(lower)}" y="${PLOT.top}" width="${x(upper) - x(lower)}" height="${PLOT.bottom - PLOT.top}"/>
${[lower, upper].map((load) => html`<line class="bracket-edge" x1="${x(load)}" x2="${x(load)}" y1="${PLOT.top}" y2="${PLOT.bottom}"/>`)}
<text class="bracket-text" x="${x(lower) - 6}" y="${PLOT.top - 22}" text-anchor="end">at least ${lower}</text>
<text class="bracket-text" x="${x(upper) + 6}" y="${PLOT.top - 22}">less than ${upper}</text>
<text class="plot-note" x="${(x(lower) + x(upper)) / 2}" y="${PLOT.top - 6}" text-anchor="middle">not known</text>
${RATIO_TICKS.map(ratioTick)}
<line class="slo" x1="${PLOT.left}" x2="${PLOT.right}" y1="${limit}" y2="${limit}"/>
<text class="slo-text" x="${PLOT.left + 4}" y="${limit - 7}">${percentText(EXAMPLE.allowedRatio)} may be late</text>
${EXAMPLE_LOADS.map(loadMark)}
<text class="plot-note" x="${(PLOT.left + PLOT.right) / 2}" y="${SIZE.height - 6}" text-anchor="middle">concurrent requests</text>
</svg>`;
}

function ratioTick(ratio: number): Markup {
  return html`<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${y(ratio)}" y2="${y(ratio)}"/>
<text class="plot-note" x="${PLOT.left - 6}" y="${y(ratio) + 4}" text-anchor="end">${percentText(ratio)}</text>`;
}

function loadMark({ load, ratio, shown }: ExampleLoad): Markup {
  const [at, height] = [x(load), y(ratio.value)];
  const kind = shown === 'not yet' ? 'undecided' : shown;
  const cross = `M${at - MARK} ${height - MARK}l${2 * MARK} ${2 * MARK}m0 ${-2 * MARK}l${-2 * MARK} ${2 * MARK}`;
  return html`<line class="range ${kind}" x1="${at}" x2="${at}" y1="${y(ratio.low)}" y2="${y(ratio.high)}"/>
${kind === 'fail' ? html`<path class="fail" d="${cross}"/>` : html`<circle class="${kind}" cx="${at}" cy="${height}" r="${MARK}"/>`}
<text class="plot-note" x="${at}" y="${PLOT.bottom + 20}" text-anchor="middle">${numberText(load)}</text>`;
}

function ratioText(one: ExampleLoad | undefined): string {
  return percentText(one?.ratio.value ?? 0);
}
