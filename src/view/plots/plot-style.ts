/**
 * The one style of all plots. It is a constant, so that a page can allow it by its hash or put it into
 * a stylesheet of its own; no plot carries a style attribute. Colours are variables: the page may set
 * them, and without a page they follow the reader's scheme. Shape always says the same as colour.
 */

/** Contrast with the ground is 3:1 or more in both schemes, 4.5:1 for what is written (WCAG 1.4.3, 1.4.11). */
const LIGHT = {
  ground: '#ffffff',
  ink: '#1c2430',
  dim: '#5b6675',
  grid: '#d9dee5',
  pass: '#00695c',
  fail: '#b3261e',
  open: '#8a5a00',
  void: '#6b7280',
  slo: '#7b1fa2',
  bracket: '#1565c0',
};
const DARK: typeof LIGHT = {
  ground: '#12171f',
  ink: '#e6eaf0',
  dim: '#a3adba',
  grid: '#2f3845',
  pass: '#4dd0b5',
  fail: '#ff8a80',
  open: '#ffca5c',
  void: '#9aa4b2',
  slo: '#d9a6f5',
  bracket: '#7db8ff',
};

const variables = (colours: typeof LIGHT): string =>
  Object.entries(colours)
    .map(([name, value]) => `--plot-${name}:${value}`)
    .join(';');

export const PLOT_STYLE = `
:root{${variables(LIGHT)}}
@media (prefers-color-scheme:dark){:root{${variables(DARK)}}}
.plimsoll-plot{display:block;width:100%;height:auto;color:var(--plot-ink);background:var(--plot-ground);font-family:system-ui,sans-serif;font-size:13px}
.plimsoll-plot text{white-space:pre;paint-order:stroke;stroke-linejoin:round}
.plimsoll-plot .grid{stroke:var(--plot-grid);stroke-opacity:1}
.plimsoll-plot .axis{stroke:var(--plot-dim)}
.plimsoll-plot .axis text{stroke:none;fill:var(--plot-dim)}
.plimsoll-plot .plot-note{fill:var(--plot-dim);stroke:none}
.plimsoll-plot .slo{stroke:var(--plot-slo);stroke-width:2;stroke-dasharray:7 3}
.plimsoll-plot .slo-other{stroke:var(--plot-slo);stroke-width:1;stroke-dasharray:2 4}
.plimsoll-plot .slo-text{fill:var(--plot-slo);stroke:var(--plot-ground);font-weight:600}
.plimsoll-plot .slo-box{fill:var(--plot-slo);fill-opacity:.12;stroke:var(--plot-slo);stroke-dasharray:7 3}
.plimsoll-plot .bracket{fill:var(--plot-bracket);fill-opacity:.2}
.plimsoll-plot .bracket-open{fill:var(--plot-bracket);fill-opacity:.09}
.plimsoll-plot .bracket-edge{stroke:var(--plot-bracket);stroke-width:1.5}
.plimsoll-plot .bracket-text{fill:var(--plot-bracket);stroke:var(--plot-ground);font-weight:600}
.plimsoll-plot .estimate{stroke:var(--plot-bracket);stroke-width:2}
.plimsoll-plot .estimate-dot{fill:var(--plot-bracket);stroke:var(--plot-ground)}
.plimsoll-plot .halo{stroke:var(--plot-ground);fill:var(--plot-ink)}
.plimsoll-plot .trace{stroke:var(--plot-dim);stroke-width:1;fill:none}
.plimsoll-plot .pass{stroke:var(--plot-pass);fill:var(--plot-pass)}
.plimsoll-plot .fail{stroke:var(--plot-fail);fill:none;stroke-width:2.5}
.plimsoll-plot .undecided{stroke:var(--plot-open);fill:var(--plot-ground);stroke-width:2}
.plimsoll-plot .void{stroke:var(--plot-void);fill:none;stroke-width:1.5}
.plimsoll-plot .range.pass,.plimsoll-plot .range.undecided,.plimsoll-plot .range.fail{fill:none;stroke-width:1.5}
.plimsoll-plot .open-end{stroke-dasharray:1 3}
.plimsoll-plot .window.pass{fill:var(--plot-pass);stroke:none}
.plimsoll-plot .window.fail{fill:var(--plot-fail);stroke:none}
.plimsoll-plot .window.undecided{fill:var(--plot-open);stroke:none}
.plimsoll-plot .window.void{fill:none;stroke-dasharray:2 2}
.plimsoll-plot .settle{fill:var(--plot-dim);fill-opacity:.35}
.plimsoll-plot .bar{fill:var(--plot-fail)}
.plimsoll-plot .flow{fill:var(--plot-bracket);fill-opacity:.6}
.plimsoll-plot .dim{opacity:.4}
.plimsoll-plot .baseline{stroke:var(--plot-dim);fill:none;stroke-dasharray:4 3}
.plimsoll-plot .lower{stroke:var(--plot-pass);fill:none;stroke-width:2}
.plimsoll-plot .upper{stroke:var(--plot-fail);fill:none;stroke-width:2;stroke-dasharray:9 3}
.plimsoll-plot .censored{stroke-dasharray:2 3}
.plimsoll-plot .maximum{stroke:var(--plot-ink);fill:none;stroke-width:2}
`;
