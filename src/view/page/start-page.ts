/**
 * The form that starts a search or a gate. Its script builds the JSON of the API, shows and posts it; until
 * it has come over a slow line the buttons do nothing, because a browser would send the form by itself.
 */
import { html } from 'hono/html';
import { type Field, type FieldGroup, fieldGroups } from './form-fields.ts';
import type { Markup } from './layout.ts';

export interface StartView {
  readonly policies: readonly { readonly name: string; readonly description: string }[];
}

export function startMain({ policies }: StartView): Markup {
  const groups = fieldGroups(policies.map((policy) => policy.name));
  return html`<h1>Start a search or a gate</h1>
<p>The form makes the same JSON as the API takes; what is left empty comes from the policy or the
defaults. Only the target and one of policy and SLO are needed.</p>
<noscript><p class="card">The form needs script. Without it, post the JSON to <code>/v1/searches</code>.</p></noscript>
<form id="start-form" novalidate>
<div id="faults" class="card faults" role="alert" tabindex="-1" hidden></div>
<fieldset><legend>What do you want to know?</legend>
${choice('search', 'What is the largest load that it carries?', true)}
${choice('gate', 'Does it carry at least this load? (many times cheaper)', false)}
</fieldset>
${groups.map(groupMarkup)}
<ul id="policies" hidden>${policies.map(({ name, description }) => html`<li data-policy="${name}">${description}</li>`)}</ul>
<details id="as-json" open><summary>The request as JSON</summary>
<pre tabindex="0" aria-label="The request as JSON"><code id="json"></code></pre></details>
<div id="price" class="card" role="status" hidden></div>
<p class="buttons"><button type="button" data-action="check" disabled>Check, and tell the price</button>
<button type="submit" class="primary" disabled>Start</button></p>
</form>`;
}

function choice(value: string, text: string, checked: boolean): Markup {
  return html`<div class="choice"><input type="radio" name="kind" id="kind-${value}" value="${value}"${checked ? html` checked` : ''}>
<label for="kind-${value}">${text}</label></div>`;
}

function groupMarkup(group: FieldGroup): Markup {
  const fields = group.fields.map(fieldMarkup);
  return group.folded
    ? html`<details class="group"><summary>${group.legend}</summary><div class="fields">${fields}</div></details>`
    : html`<fieldset class="group"><legend>${group.legend}</legend><div class="fields">${fields}</div></fieldset>`;
}

function fieldMarkup(field: Field): Markup {
  const id = `field${field.pointer.replaceAll(/[/_]/g, '-')}`;
  const hint =
    field.hint === undefined ? '' : html`<p class="hint" id="${id}-hint">${field.hint}</p>`;
  const only = field.only === undefined ? '' : html` data-only="${field.only}"`;
  return html`<div class="field"${only}><label for="${id}">${field.label}</label>
${hint}<p class="fault" id="${id}-fault"></p>
${inputMarkup(field, id)}</div>`;
}

function inputMarkup(field: Field, id: string): Markup {
  const described = field.hint === undefined ? `${id}-fault` : `${id}-hint ${id}-fault`;
  const shared = html`id="${id}" name="${field.pointer}" data-pointer="${field.pointer}" data-kind="${field.kind}" aria-describedby="${described}"`;
  if (field.choices !== undefined) {
    return html`<select ${shared}>${field.choices.map(({ value, text }) => html`<option value="${value}">${text}</option>`)}</select>`;
  }
  if (field.lines !== undefined) {
    return html`<textarea ${shared} rows="${field.lines}" spellcheck="false" autocapitalize="off"></textarea>`;
  }
  return html`<input ${shared} type="text" autocomplete="off" spellcheck="false" autocapitalize="off"${
    field.kind === 'number' ? html` inputmode="decimal"` : ''
  }>`;
}
