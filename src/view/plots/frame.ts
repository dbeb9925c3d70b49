/**
 * One picture from several panels: Observable Plot draws each panel, this puts them under one another
 * with the title, the words for who cannot see it, and the legend. Plot writes a style and labels for
 * each of its groups; both are taken out here, because the picture has one style and one text of its own.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { escapeMarkup } from './escape.ts';
import type { PlotSize, PlotSource } from './plot-source.ts';

/** Units of the view box, nearly the pixels that page and report give it: 13 of them are a letter's height. */
const WIDTHS: Readonly<Record<PlotSize, number>> = { wide: 560, narrow: 340 };
const LEGEND_ROW = 20;
/** Between the lines of one entry. */
const LEGEND_LINE = 16;
const LEGEND_SYMBOL = 22;
/** About the width of a character at 13 px: text cannot be measured without a browser. */
export const CHARACTER_WIDTH = 7.1;

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
  readonly size: PlotSize;
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly legend: readonly LegendEntry[];
  readonly panels: readonly Panel[];
}

export function sizeOf(source: PlotSource): PlotSize {
  return source.size ?? 'wide';
}

export function widthOf(source: PlotSource): number {
  return WIDTHS[sizeOf(source)];
}

export function drawPanel(source: PlotSource, height: number, options: PlotOptions): Panel {
  const { document } = parseHTML('<!doctype html><html></html>');
  const drawn = Plot.plot({ ...options, document, width: widthOf(source), height });
  const parts: string[] = [];
  for (const child of drawn.children) {
    if (child.localName !== 'style') parts.push(child.outerHTML);
  }
  const content = tidy(parts.join(''));
  // Nothing hovers over a phone: what a mark says there is in the table.
  const isNarrow = sizeOf(source) === 'narrow';
  return { height, content: isNarrow ? content.replaceAll(/<title>[^<]*<\/title>/g, '') : content };
}

export function framePicture(picture: Picture): string {
  const { title, summary, size } = picture;
  const id = size === 'wide' ? picture.id : `${picture.id}-${size}`;
  const width = WIDTHS[size];
  const legend = drawLegend(picture.legend, width);
  let height = legend.height;
  const panels = picture.panels.map((panel) => {
    const placed = `<g transform="translate(0,${height})" text-anchor="middle" fill="currentColor">${panel.content}</g>`;
    height += panel.height;
    return placed;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" class="plimsoll-plot" viewBox="0 0 ${width} ${height}"` +
    ` width="${width}" height="${height}" role="img" aria-labelledby="${id}-title ${id}-desc">` +
    `<title id="${id}-title">${escapeMarkup(title)}</title>` +
    `<desc id="${id}-desc">${escapeMarkup(summary)}</desc>` +
    `${legend.content}${panels.join('')}</svg>`
  );
}

function drawLegend(entries: readonly LegendEntry[], width: number): Panel {
  let x = 12;
  let y = 14;
  const longest = Math.floor((width - x - LEGEND_SYMBOL) / CHARACTER_WIDTH);
  const items = entries.map(({ symbol, text }) => {
    const lines = wrapped(text, longest);
    const taken = LEGEND_SYMBOL + Math.max(...lines.map(textWidth)) + 14;
    // An entry of several lines has its rows for itself.
    if (x > 12 && (x + taken > width || lines.length > 1)) {
      x = 12;
      y += LEGEND_ROW;
    }
    const texts = lines.map(
      (line, i) =>
        `<text x="${x + LEGEND_SYMBOL}" y="${y + i * LEGEND_LINE}" dy="0.34em" fill="currentColor">${escapeMarkup(line)}</text>`,
    );
    const item = `<g transform="translate(${x + 8},${y})">${symbol}</g>${texts.join('')}`;
    y += (lines.length - 1) * LEGEND_LINE;
    x = lines.length > 1 ? width : Math.round(x + taken);
    return item;
  });
  return { height: entries.length === 0 ? 0 : y + 12, content: items.join('') };
}

function textWidth(text: string): number {
  return text.length * CHARACTER_WIDTH;
}

/** Broken between words; a word longer than the line stays whole. */
export function wrapped(text: string, longest: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= longest) {
      lines[lines.length - 1] = `${line} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}

/** Tenths of a pixel; Plot's own names of groups and empty ticks say nothing to anyone. */
function tidy(svg: string): string {
  return svg
    .replaceAll(/ aria-(?:label|hidden)="[^"]*"/g, '')
    .replaceAll(/<text\b[^>]*(?:\/>|><\/text>)/g, '')
    .replaceAll(/ (d|transform|x|y|x1|x2|y1|y2|width|height)="([^"]*)"/g, (_, name, value) => {
      return ` ${name}="${String(value).replaceAll(/-?\d+\.\d{2,}(?:e-?\d+)?/g, tenths)}"`;
    });
}

function tenths(number: string): string {
  return String(Math.round(Number(number) * 10) / 10);
}
