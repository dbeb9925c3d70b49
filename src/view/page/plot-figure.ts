/**
 * A plot as page and report show it: drawn for two widths, of which the style sheet shows the one that
 * fits, with its numbers beside it for who cannot see it or wants to copy them.
 */
import { html, raw } from 'hono/html';
import type { Drawing } from '../plots/plots.ts';
import type { Markup } from './layout.ts';

/** `name` is for ids and unique in the document. */
export function plotFigure(name: string, drawing: Drawing): Markup {
  const { title, summary, svg, narrowSvg, table } = drawing;
  const head = table.columns.map((column) => html`<th scope="col">${column}</th>`);
  const rows = table.rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`);
  return html`<figure id="figure-${name}" class="card" data-region><figcaption><h2>${title}</h2><p class="note">${summary}</p></figcaption>
<div class="on-wide">${raw(svg)}</div>
<div class="on-narrow">${raw(narrowSvg)}</div>
<details id="table-${name}"><summary>The same as a table</summary>
<div class="scroll" tabindex="0" role="region" aria-label="Table: ${title}"><table><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div>
</details></figure>`;
}
