/** The handlers of gates, by the names of their routes. */
import type { CallParts, Handlers } from '../handlers.ts';
import type { GATE_ROUTES } from '../routes/gates.ts';
import { createCourse } from '../searches/create-calls.ts';
import { rejudgeCourse } from '../searches/rejudge-calls.ts';
import { GATES } from '../searches/resource.ts';
import {
  cancelCourse,
  listCourses,
  readCourse,
  readFrontier,
  readLog,
  readProbes,
  readSummary,
} from '../searches/search-calls.ts';
import { readEvents, readRequests } from '../searches/stream-calls.ts';

export function gateHandlers(parts: CallParts): Handlers<typeof GATE_ROUTES> {
  return {
    createGate: (c) => createCourse(c, parts, GATES),
    listGates: (c) => listCourses(c, parts, GATES),
    readGate: (c) => readCourse(c, parts, GATES),
    readGateSummary: (c) => readSummary(c, parts, GATES),
    readGateFrontier: (c) => readFrontier(c, parts, GATES),
    readGateProbes: (c) => readProbes(c, parts, GATES),
    readGateLog: (c) => readLog(c, parts, GATES),
    readGateRequests: (c) => readRequests(c, parts, GATES),
    readGateEvents: (c) => readEvents(c, parts, GATES),
    rejudgeGate: (c) => rejudgeCourse(c, parts, GATES),
    cancelGate: (c) => cancelCourse(c, parts, GATES),
  };
}
