/** The streaming endpoints' paths below the base URL. Their names are the workload's. */
import type { EndpointKind } from '../workload/spec.ts';

export type { EndpointKind } from '../workload/spec.ts';

export const ENDPOINT_PATHS: Readonly<Record<EndpointKind, string>> = {
  chat: '/chat/completions',
  completions: '/completions',
  responses: '/responses',
  messages: '/messages',
};
