/**
 * What a handler is, and what all of them share. A resource's folder gives out its handlers by the names
 * of its routes; `app.ts` joins the folders and mounts them.
 */
import type { Context } from 'hono';
import type { TraceContext } from '../../core/base/trace-context.ts';
import type { Caller } from '../access/identify-caller.ts';
import type { CallNotes } from './access/call-notes.ts';
import type { HttpParts } from './ports.ts';
import type { Slots } from './slots.ts';

export interface Env {
  Variables: {
    requestId: string;
    /** Once the guard has let the call through, or refused it for its scope. */
    caller?: Caller;
    /** For the audit line. */
    notes?: CallNotes;
    /** As the table of routes spells it; absent when no route took the call. */
    route?: string;
    /** The call's place in a trace. */
    trace?: TraceContext | undefined;
  };
}

export type Handler = (c: Context<Env>) => Response | Promise<Response>;

export type Middleware = (
  c: Context<Env>,
  next: () => Promise<void>,
) => Promise<Response | undefined> | Promise<void>;

/** One handler for each route of a table; a missing or a superfluous one does not compile. */
export type Handlers<Table> = Readonly<Record<keyof Table, Handler>>;

/** What the handlers work with: the parts given to the app, and bounds on what may be held open. */
export interface CallParts extends HttpParts {
  readonly waiters: Slots;
  readonly eventStreams: Slots;
  readonly downloads: Slots;
  readonly rejudges: Slots;
}
