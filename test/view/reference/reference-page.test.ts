/** The page says all that the contract says, every link leads somewhere, and text stays text. */
import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { openapiDocument } from '../../../src/service/http/openapi.ts';
import type { Contract, Schema } from '../../../src/view/reference/contract.ts';
import { referenceMain } from '../../../src/view/reference/reference-page.ts';

const contract: Contract = JSON.parse(JSON.stringify(openapiDocument('1.2.3')));
const render = async (from: Contract) =>
  parseHTML(`<!doctype html><html><body>${await referenceMain(from)}</body></html>`).document;

describe('our own contract', () => {
  test('every call with its parameters and answers, and every schema with its members', async () => {
    const document = await render(contract);
    for (const [path, operations] of Object.entries(contract.paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        const text = document.getElementById(operation.operationId)?.textContent ?? '';
        expect(text).toContain(`${method.toUpperCase()} ${path}`);
        expect(text).toContain(operation.summary);
        for (const { name } of operation.parameters ?? []) expect(text).toContain(name);
        for (const status of Object.keys(operation.responses)) expect(text).toContain(status);
      }
    }
    for (const [name, schema] of Object.entries(contract.components.schemas)) {
      const text = document.getElementById(`schema-${name}`)?.textContent ?? '';
      for (const member of Object.keys(schema.properties ?? {})) expect(text).toContain(member);
    }
  });

  test('every link inside the page leads somewhere, and no id is given twice', async () => {
    const document = await render(contract);
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const links = [...document.querySelectorAll('a[href^="#"]')].map((link) =>
      (link.getAttribute('href') ?? '').slice(1),
    );
    expect(links.length).toBeGreaterThan(100);
    expect(links.filter((link) => !ids.includes(link))).toEqual([]);
  });

  test('no script, no style of its own, nothing from elsewhere', async () => {
    const document = await render(contract);
    expect(document.querySelectorAll('script, style, [style], [onclick], img, iframe').length).toBe(
      0,
    );
    const away = [...document.querySelectorAll('[href], [src]')].filter((one) =>
      /^(\w+:)?\/\//.test(one.getAttribute('href') ?? one.getAttribute('src') ?? ''),
    );
    expect(away).toEqual([]);
  });
});

async function schemaText(schema: Schema): Promise<string> {
  const document = await render({
    info: { version: '1' },
    tags: [],
    paths: {},
    components: { schemas: { One: schema } },
  });
  const text = document.getElementById('schema-One')?.textContent ?? '';
  return text.replaceAll(/\s+/g, ' ').replace('One', '').trim();
}

describe('schemas in words', () => {
  test.each<[Schema, string]>([
    [{ type: 'integer', minimum: 1, maximum: 9 }, 'integer, ≥ 1, ≤ 9'],
    [{ type: 'number', exclusiveMinimum: 0, default: 2 }, 'number, > 0, default 2'],
    [{ type: ['string', 'null'], maxLength: 5 }, 'string or null, at most 5 characters'],
    [{ enum: ['a', 1] }, '"a" or 1'],
    [{ const: true }, 'true'],
    [
      { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 3 },
      'list of string, 1 to 3 items',
    ],
    [{ type: 'object', additionalProperties: { type: 'number' } }, 'map of names to number'],
    [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, 'string or null'],
    [{}, 'anything'],
    [
      {
        type: 'object',
        required: ['a'],
        properties: {
          a: { type: 'object', properties: { deep: { type: 'string', description: 'so `deep`' } } },
          b: {
            anyOf: [
              { type: 'object', properties: { x: {} } },
              { type: 'object', properties: { y: {} } },
            ],
          },
        },
      },
      'objecta object deep string optional so deepb object or object optional x anything optional y anything optional',
    ],
  ])('%j', async (schema, words) => {
    expect(await schemaText(schema)).toBe(words);
  });

  test('a description that is markup is shown as what it is', async () => {
    expect(
      await schemaText({ type: 'string', description: '<script>alert(1)</script>' }),
    ).toContain('<script>alert(1)</script>');
  });
});
