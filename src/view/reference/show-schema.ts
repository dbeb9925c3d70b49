/** A schema as nested lists that a person reads from the top: name, what it is, what it may be. */
import { html } from 'hono/html';
import { type Markup, NOTHING } from '../page/layout.ts';
import type { Schema } from './contract.ts';
import { prose } from './prose.ts';

const SCHEMA_REF = /^#\/components\/schemas\/(.+)$/;
/** Deeper than any schema of ours; a circle ends at its reference before that. */
const MAX_DEPTH = 12;

export function schemaAnchor(name: string): string {
  return `schema-${name}`;
}

/** What it is, then its members. */
export function showSchema(schema: Schema, depth = 0): Markup {
  return html`<p class="type">${typeOf(schema)}</p>${describe(schema)}${members(schema, depth)}`;
}

/** In one line: `list of`, a link, a type with its bounds. */
export function typeOf(schema: Schema): Markup {
  const ref = SCHEMA_REF.exec(schema.$ref ?? '')?.[1];
  if (ref !== undefined) return html`<a href="#${schemaAnchor(ref)}">${ref}</a>`;
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (schema.enum !== undefined) {
    return joined(schema.enum.map((value) => html`<code>${JSON.stringify(value)}</code>`));
  }
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return joined(choices.map(typeOf));
  if (schema.allOf !== undefined) return joined(schema.allOf.map(typeOf), ' with ');
  if (schema.items !== undefined) return html`list of ${typeOf(schema.items)}${bounds(schema)}`;
  const { additionalProperties: rest } = schema;
  if (schema.properties === undefined && typeof rest === 'object') {
    return html`map of names to ${typeOf(rest)}`;
  }
  const names = schema.type === undefined ? ['anything'] : [schema.type].flat();
  return html`${names.map((name) => (name === 'null' ? 'null' : name)).join(' or ')}${bounds(schema)}`;
}

function joined(parts: readonly Markup[], between = ' or '): Markup {
  return html`${parts.map((part, i) => (i === 0 ? part : html`${between}${part}`))}`;
}

function bounds(schema: Schema): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, default: byDefault } = schema;
  const parts = [
    schema.format,
    // The bounds of what a number can hold at all say nothing.
    minimum !== undefined && minimum > -Number.MAX_SAFE_INTEGER ? `≥ ${minimum}` : undefined,
    exclusiveMinimum === undefined ? undefined : `> ${exclusiveMinimum}`,
    maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? `≤ ${maximum}` : undefined,
    exclusiveMaximum === undefined ? undefined : `< ${exclusiveMaximum}`,
    span(schema.minLength, schema.maxLength, 'characters'),
    span(schema.minItems, schema.maxItems, 'items'),
    schema.pattern === undefined ? undefined : `matches ${schema.pattern}`,
    byDefault === undefined ? undefined : `default ${JSON.stringify(byDefault)}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? '' : `, ${parts.join(', ')}`;
}

function span(
  least: number | undefined,
  most: number | undefined,
  what: string,
): string | undefined {
  if (least === undefined && most === undefined) return undefined;
  if (least === undefined) return `at most ${most} ${what}`;
  return most === undefined ? `at least ${least} ${what}` : `${least} to ${most} ${what}`;
}

function describe({ description }: Schema): Markup {
  return description === undefined ? NOTHING : html`<p>${prose(description)}</p>`;
}

function members(schema: Schema, depth: number): Markup {
  if (schema.$ref !== undefined || depth > MAX_DEPTH) return NOTHING;
  const { properties, items, additionalProperties: rest } = schema;
  if (properties !== undefined) {
    const required = new Set(schema.required);
    return html`<dl class="members">${Object.entries(properties).map(
      ([name, member]) => html`<dt><code>${name}</code>
<span class="type">${typeOf(member)}</span>${required.has(name) ? NOTHING : html` <span class="mark">optional</span>`}</dt>
<dd>${describe(member)}${members(member, depth + 1)}</dd>`,
    )}</dl>`;
  }
  if (items !== undefined) return members(items, depth + 1);
  if (typeof rest === 'object') return members(rest, depth + 1);
  const parts = (schema.anyOf ?? schema.oneOf ?? schema.allOf ?? []).filter(hasMembers);
  if (parts.length < 2) return html`${parts.map((part) => members(part, depth + 1))}`;
  return html`<ul class="either">${parts.map(
    (part) => html`<li>${describe(part)}${members(part, depth + 1)}</li>`,
  )}</ul>`;
}

function hasMembers(schema: Schema): boolean {
  const { $ref, properties, items, additionalProperties: rest } = schema;
  if ($ref !== undefined) return false;
  if (properties !== undefined) return true;
  if (items !== undefined) return hasMembers(items);
  if (typeof rest === 'object') return hasMembers(rest);
  return (schema.anyOf ?? schema.oneOf ?? schema.allOf ?? []).some(hasMembers);
}
