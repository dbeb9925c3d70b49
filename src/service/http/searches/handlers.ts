/** The handlers of searches, by the names of their routes. */
import type { CallParts, Handlers } from '../handlers.ts';
import type { SEARCH_DATA_ROUTES } from '../routes/search-data.ts';
import type { SEARCH_ROUTES } from '../routes/searches.ts';
import {
  cancelSearch,
  createSearch,
  listSearches,
  readFrontier,
  readLog,
  readProbes,
  readSearch,
  readSummary,
} from './search-calls.ts';
import { readEvents, readRequests } from './stream-calls.ts';

type Table = typeof SEARCH_ROUTES & typeof SEARCH_DATA_ROUTES;

export function searchHandlers(parts: CallParts): Handlers<Table> {
  return {
    createSearch: (c) => createSearch(c, parts),
    listSearches: (c) => listSearches(c, parts),
    readSearch: (c) => readSearch(c, parts),
    readSummary: (c) => readSummary(c, parts),
    readFrontier: (c) => readFrontier(c, parts),
    readProbes: (c) => readProbes(c, parts),
    readLog: (c) => readLog(c, parts),
    readRequests: (c) => readRequests(c, parts),
    readEvents: (c) => readEvents(c, parts),
    cancelSearch: (c) => cancelSearch(c, parts),
  };
}
