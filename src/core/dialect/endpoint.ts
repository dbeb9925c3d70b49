/** The four streaming endpoints: their names in the workload and their paths below the base URL. */
import type { WorkloadSpec } from '../workload/spec.ts';

export type EndpointKind = WorkloadSpec['endpoint'];

export const ENDPOINT_PATHS: Readonly<Record<EndpointKind, string>> = {
  chat: '/chat/completions',
  completions: '/completions',
  responses: '/responses',
  messages: '/messages',
};
