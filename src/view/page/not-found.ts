/** The page of an id that nobody knows: said in the same frame, with the way back. */
import { html } from 'hono/html';
import type { Markup } from './layout.ts';

export function notFoundMain(id: string): Markup {
  return html`<h1>There is no such search or gate</h1>
<p>The id <code>${id}</code> is unknown here. <a href="/">All searches and gates</a></p>`;
}
