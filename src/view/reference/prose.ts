/** Descriptions of the contract: paragraphs, and `code` between back quotes. Nothing else of Markdown is used. */
import { html } from 'hono/html';
import type { Markup } from '../page/layout.ts';

export function prose(text: string): Markup {
  // Every second piece stood between back quotes.
  const pieces = text.split('`');
  return html`${pieces.map((piece, i) => (i % 2 === 0 ? piece : html`<code>${piece}</code>`))}`;
}

export function paragraphs(text: string): Markup {
  return html`${text.split(/\n\n+/).map((part) => html`<p>${prose(part)}</p>`)}`;
}
