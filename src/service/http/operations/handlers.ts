/** The handlers of what the service says of itself, by the names of their routes. */
import type { CallParts, Handlers } from '../handlers.ts';
import { openapiDocument } from '../openapi.ts';
import { Problem } from '../problem.ts';
import type { OPERATION_ROUTES } from '../routes/operations.ts';

export function operationHandlers(parts: CallParts): Handlers<typeof OPERATION_ROUTES> {
  const document = openapiDocument(parts.version);
  const healthy = { status: 'ok', version: parts.version };
  return {
    healthz: (c) => c.json(healthy),
    readyz: (c) => {
      const reason = parts.searches.notReady();
      if (reason !== undefined) throw new Problem('not_ready', { detail: reason });
      return c.json(healthy);
    },
    readOpenapi: (c) => c.json(document),
    async readMetrics(c) {
      c.header('content-type', parts.metrics.contentType);
      c.header('cache-control', 'no-store');
      return c.body(await parts.metrics.read());
    },
  };
}
