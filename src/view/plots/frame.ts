/**
 * One picture from several panels: Observable Plot draws each panel, this puts them under one another
 * with the title, the words for who cannot see it, and the legend. Plot writes a style and labels for
 * each of its groups; both are taken out here, because the picture has one style and one text of its own.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { escapeMarkup } from './escape.ts';

/** Units of the view box; a page scales it. */
export const WIDTH = 720;
const LEGEND_ROW = 20;
const LEGEND_SYMBOL = 22;
/** About the width of a character at 13 px: text cannot be measured without a browser. */
const CHARACTER_WIDTH = 7.1;

export type PlotOptions = Omit<Plot.PlotOptions, 'document' | 'width' | 'className'>;

export interface Panel {
  readonly height: number;
  readonly content: string;
}

export interface LegendEntry {
  /** SVG around (0, 0), about 16 wide. */
  readonly symbol: string;
  readonly text: string;
}

export interface Picture {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly legend: readonly LegendEntry[];
  readonly panels: readonly Panel[];
}

export function drawPanel(height: number, options: PlotOptions): Panel {
  const { document } = parseHTML('<!doctype html><html></html>');
  const drawn = Plot.plot({ ...options, document, width: WIDTH, height });
  const parts: string[] = [];
  for (const child of drawn.children) {
    if (child.localName !== 'style') parts.push(child.outerHTML);
  }
  return { height, content: tidy(parts.join('')) };
}

export function framePicture(picture: Picture): string {
  const { id, title, summary } = picture;
  const legend = drawLegend(picture.legend);
  let height = legend.height;
  const panels = picture.panels.map((panel) => {
    const placed = `<g transform="translate(0,${height})" text-anchor="middle" fill="currentColor">${panel.content}</g>`;
    height += panel.height;
    return placed;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" class="plimsoll-plot" viewBox="0 0 ${WIDTH} ${height}"` +
    ` width="${WIDTH}" height="${height}" role="img" aria-labelledby="${id}-title ${id}-desc">` +
    `<title id="${id}-title">${escapeMarkup(title)}</title>` +
    `<desc id="${id}-desc">${escapeMarkup(summary)}</desc>` +
    `${legend.content}${panels.join('')}</svg>`
  );
}

function drawLegend(entries: readonly LegendEntry[]): Panel {
  let x = 12;
  let y = 14;
  const items = entries.map(({ symbol, text }) => {
    const width = LEGEND_SYMBOL + text.length * CHARACTER_WIDTH + 14;
    if (x + width > WIDTH && x > 12) {
      x = 12;
      y += LEGEND_ROW;
    }
    const item =
      `<g transform="translate(${x + 8},${y})">${symbol}</g>` +
      `<text x="${x + LEGEND_SYMBOL}" y="${y}" dy="0.34em" fill="currentColor">${escapeMarkup(text)}</text>`;
    x = Math.round(x + width);
    return item;
  });
  return { height: entries.length === 0 ? 0 : y + 12, content: items.join('') };
}

/** Hundredths of a pixel; Plot's own names of groups and empty ticks say nothing to anyone. */
function tidy(svg: string): string {
  return svg
    .replaceAll(/ aria-(?:label|hidden)="[^"]*"/g, '')
    .replaceAll(/<text\b[^>]*(?:\/>|><\/text>)/g, '')
    .replaceAll(/ (d|transform|x|y|x1|x2|y1|y2|width|height)="([^"]*)"/g, (_, name, value) => {
      return ` ${name}="${String(value).replaceAll(/-?\d+\.\d{3,}(?:e-?\d+)?/g, hundredths)}"`;
    });
}

function hundredths(number: string): string {
  return String(Math.round(Number(number) * 100) / 100);
}
