/** One call of the API: what it does, what it takes, what it answers. */
import { html } from 'hono/html';
import { type Markup, NOTHING } from '../page/layout.ts';
import type { Answer, Content, Operation, Parameter } from './contract.ts';
import { paragraphs, prose } from './prose.ts';
import { showSchema, typeOf } from './show-schema.ts';

export interface Call extends Operation {
  readonly method: string;
  readonly path: string;
}

export function showOperation(call: Call): Markup {
  const { operationId, method, path, summary, description, parameters = [], requestBody } = call;
  return html`<article id="${operationId}" class="call">
<h3><code><span class="method ${method.toLowerCase()}">${method}</span> ${path}</code></h3>
<p class="lead">${summary}</p>
${description === undefined ? NOTHING : paragraphs(description)}
${needs(call)}
${parameters.length === 0 ? NOTHING : showParameters(parameters)}
${requestBody === undefined ? NOTHING : html`<h4>Body</h4>${showContent(requestBody.content)}`}
<h4>Answers</h4>
<dl class="answers">${Object.entries(call.responses).map(showAnswer)}</dl>
</article>`;
}

function needs({ security }: Operation): Markup {
  if (security === undefined) return NOTHING;
  const scopes = security.flatMap((one) => Object.values(one).flat());
  if (scopes.length === 0) return html`<p class="needs">Open: needs no key.</p>`;
  return html`<p class="needs">With keys: needs the scope ${scopes.map(
    (scope) => html`<code>${scope}</code> `,
  )}</p>`;
}

function showParameters(parameters: readonly Parameter[]): Markup {
  return html`<h4>Parameters</h4>
<div class="wide" role="region" aria-label="Parameters" tabindex="0"><table>
<thead><tr><th scope="col">Name</th><th scope="col">In</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>${parameters.map(
    (
      one,
    ) => html`<tr><th scope="row"><code>${one.name}</code>${one.required === true ? NOTHING : html` <span class="mark">optional</span>`}</th>
<td>${one.in}</td><td>${typeOf(one.schema)}</td><td>${prose(one.description ?? '')}</td></tr>`,
  )}</tbody></table></div>`;
}

function showAnswer([status, answer]: readonly [string, Answer]): Markup {
  const { description, headers = {}, content } = answer;
  const names = Object.entries(headers);
  return html`<dt class="status s${status.slice(0, 1)}">${status}</dt>
<dd><p>${prose(description)}</p>
${names.length === 0 ? NOTHING : html`<p class="dim">Headers: ${names.map(([name, header], i) => html`${i === 0 ? '' : ', '}<code title="${header.description ?? ''}">${name}</code>`)}</p>`}
${content === undefined ? NOTHING : showContent(content)}</dd>`;
}

function showContent(content: Content): Markup {
  return html`${Object.entries(content).map(
    ([mediaType, { schema, example }]) => html`<p class="dim"><code>${mediaType}</code>${
      schema === undefined ? NOTHING : html`: ${typeOf(schema)}`
    }</p>
${schema?.properties === undefined ? NOTHING : html`<details><summary>Members</summary>${showSchema(schema)}</details>`}
${example === undefined ? NOTHING : html`<details><summary>Example</summary><pre>${exampleText(example)}</pre></details>`}`,
  )}`;
}

function exampleText(example: unknown): string {
  return typeof example === 'string' ? example : JSON.stringify(example, null, 2);
}
