/** The handlers of searches, by the names of their routes. */
import type { CallParts, Handlers } from '../handlers.ts';
import type { SEARCH_ROUTES } from '../routes/searches.ts';
import { createCourse } from './create-calls.ts';
import { rejudgeCourse } from './rejudge-calls.ts';
import { SEARCHES } from './resource.ts';
import {
  cancelCourse,
  listCourses,
  readCourse,
  readFrontier,
  readLog,
  readProbes,
  readSummary,
} from './search-calls.ts';
import { readEvents, readRequests } from './stream-calls.ts';

export function searchHandlers(parts: CallParts): Handlers<typeof SEARCH_ROUTES> {
  return {
    createSearch: (c) => createCourse(c, parts, SEARCHES),
    listSearches: (c) => listCourses(c, parts, SEARCHES),
    readSearch: (c) => readCourse(c, parts, SEARCHES),
    readSummary: (c) => readSummary(c, parts, SEARCHES),
    readFrontier: (c) => readFrontier(c, parts, SEARCHES),
    readProbes: (c) => readProbes(c, parts, SEARCHES),
    readLog: (c) => readLog(c, parts, SEARCHES),
    readRequests: (c) => readRequests(c, parts, SEARCHES),
    readEvents: (c) => readEvents(c, parts, SEARCHES),
    rejudgeSearch: (c) => rejudgeCourse(c, parts, SEARCHES),
    cancelSearch: (c) => cancelCourse(c, parts, SEARCHES),
  };
}
