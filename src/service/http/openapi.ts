/** `openapi.yaml` and `/openapi.json`, made from the table of routes and its schemas. */
import { OpenAPIHono } from '@hono/zod-openapi';
import { stringify } from 'yaml';
import { assert } from '../../core/base/result.ts';
import { securityOf } from './access/scopes.ts';
import { isRouteName, ROUTES, TAGS } from './routes/table.ts';
import { withoutMarks } from './schemas/or-absent.ts';

const DESCRIPTION = `Finds the largest load that an OpenAI-compatible inference endpoint carries
within its SLO, and returns a bracket with a stated confidence, the goodput there, and the frontier
that the probes traced.

Every refusal is a problem document (RFC 9457) with a stable \`code\`; a bad request lists all that is
wrong with body, query and headers. Numbers carry their unit in the name; what is missing is null.`;

const BEARER = `A key (\`plimsoll keys\` makes one) or an identity token of a CI system, once the
operator's file names any; \`read\`, \`run\` and \`admin\` each include the one before. Without keys the
service answers on loopback only, and asks for none.`;

const HEADER = '# Generated from src/service/http by `npm run openapi`; not edited by hand.\n';
const LINE_WIDTH = 100;

/** The document as `openapi.yaml` holds it. */
export function openapiText(version: string): string {
  // Through JSON, so that nothing is shared or undefined when YAML sees it.
  const plain: unknown = JSON.parse(JSON.stringify(openapiDocument(version)));
  return HEADER + stringify(plain, { aliasDuplicateObjects: false, lineWidth: LINE_WIDTH });
}

export function openapiDocument(version: string) {
  const app = new OpenAPIHono();
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: BEARER,
  });
  for (const [operationId, route] of Object.entries(ROUTES)) {
    assert(isRouteName(operationId), `no route ${operationId}`);
    const security = securityOf(operationId);
    app.openAPIRegistry.registerPath({ operationId, ...route, security });
  }
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Plimsoll',
      version,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    // Relative: the document is right wherever the service runs.
    servers: [{ url: '/' }],
    tags: [...TAGS],
  });
  return withoutMarks(document);
}
