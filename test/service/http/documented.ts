/** Holds an answer against the table of routes: its status and media type must be in `openapi.yaml`. */
import { expect } from 'vitest';
import { openapiDocument } from '../../../src/service/http/openapi.ts';

interface DocumentedResponse {
  readonly content?: Readonly<Record<string, unknown>>;
}
interface Operation {
  readonly responses: Readonly<Record<string, DocumentedResponse>>;
}

const document = openapiDocument('0.0.0');

function operationAt(method: string, path: string): Operation | undefined {
  const [pathname = ''] = path.split('?');
  for (const [pattern, item] of Object.entries(document.paths ?? {})) {
    if (!new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname)) continue;
    const name = method === 'HEAD' ? 'get' : method.toLowerCase();
    const operations: Readonly<Record<string, unknown>> = { ...item };
    const operation = operations[name];
    if (isOperation(operation)) return operation;
  }
  return undefined;
}

function isOperation(value: unknown): value is Operation {
  return typeof value === 'object' && value !== null && 'responses' in value;
}

export function expectDocumented(method: string, path: string, response: Response): void {
  const operation = operationAt(method, path);
  if (operation === undefined) {
    expect([403, 404, 405, 421]).toContain(response.status);
    return;
  }
  const documented = operation.responses[String(response.status)];
  expect(documented, `${method} ${path} answered ${response.status}`).toBeDefined();
  const type = response.headers.get('content-type')?.split(';')[0];
  if (response.body === null || type === undefined) return;
  expect(Object.keys(documented?.content ?? {}), `${method} ${path}`).toContain(type);
}
