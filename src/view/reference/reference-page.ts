/**
 * The API reference as one page without a script: the contract put into words by the server, so that it
 * can be read in a closed cluster, printed, and searched with the browser's own means.
 */
import { html } from 'hono/html';
import type { Markup } from '../page/layout.ts';
import type { Contract, Schema } from './contract.ts';
import { paragraphs } from './prose.ts';
import { type Call, showOperation } from './show-operation.ts';
import { schemaAnchor, showSchema } from './show-schema.ts';

export function referenceMain(contract: Contract): Markup {
  const { info, tags, components } = contract;
  const calls = callsOf(contract);
  const ofTag = (name: string): Call[] => calls.filter((call) => call.tags.includes(name));
  const shown = tags.filter(({ name }) => ofTag(name).length > 0);
  const schemas = Object.entries(components.schemas).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return html`<h1>API reference</h1>
${paragraphs(info.description ?? '')}
<p>The same as a document for programs: <a href="/openapi.json">OpenAPI 3.1</a>. What the numbers
mean: <a href="/docs/statistics">How sure the numbers are</a>.</p>
<nav class="contents" aria-label="Calls">${shown.map(
    ({ name }) => html`<h2 class="small"><a href="#${tagAnchor(name)}">${name}</a></h2>
<ul>${ofTag(name).map(tocEntry)}</ul>`,
  )}<h2 class="small"><a href="#schemas">schemas</a></h2></nav>
${shown.map(
  ({ name, description }) => html`<section aria-labelledby="${tagAnchor(name)}">
<h2 id="${tagAnchor(name)}">${name}</h2><p>${description}.</p>
${ofTag(name).map(showOperation)}</section>`,
)}
<section aria-labelledby="schemas"><h2 id="schemas">schemas</h2>${schemas.map(showNamed)}</section>`;
}

function callsOf({ paths }: Contract): Call[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
    })),
  );
}

function tagAnchor(name: string): string {
  return `tag-${name}`;
}

function tocEntry({ operationId, method, path, summary }: Call): Markup {
  return html`<li><a href="#${operationId}"><code>${method} ${path}</code></a> <span class="dim">${summary}</span></li>`;
}

function showNamed([name, schema]: readonly [string, Schema]): Markup {
  return html`<article id="${schemaAnchor(name)}" class="schema"><h3><code>${name}</code></h3>${showSchema(schema)}</article>`;
}
