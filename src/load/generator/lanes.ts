/**
 * The connections of one generator. A lane is one undici client, so one connection and one request at
 * a time; finding a free one costs the same with 4,000 lanes as with 4 (undici's own pool searches
 * them all), and each request knows whether its connection had been used before.
 */
import type { Socket } from 'node:net';
import { Client } from 'undici';
import { createPinnedConnector, type PinnedConnector } from '../pinned-connector.ts';
import type { LoadLimits, LoadTarget } from '../port.ts';
import { createReadBuffer, type ReadingState, shareReading } from './shared-reading.ts';

export interface Lane extends ReadingState {
  readonly client: Client;
  /** Requests written to the present connection. */
  served: number;
  /** The present connection or the attempt at one. */
  socket: Socket | undefined;
}

export interface Lanes {
  /** A free lane, the one used last before all others: its connection is the least likely to be stale. */
  take(): Lane;
  /** Back, with its connection if that still stands. */
  give(lane: Lane): void;
  /** Closes its connection at once and ends whatever is on it. */
  drop(lane: Lane): void;
  /** A request met a connection that the server had just closed. */
  noteStale(): void;
  /** Drops the free ones; those in use are their users' to drop. */
  closeIdle(): void;
}

/** Must be below the server's own, or a reused connection is often one that the server just closed. */
const KEEP_ALIVE_MS = 4_000;
/**
 * Some servers close a connection after each stream and do not say so (llama.cpp's does). From so many
 * stale ones on, and this share of all requests, no connection is used a second time.
 */
const STALE_REQUESTS = 3;
const STALE_RATIO = 0.02;
const MAX_HEADER_BYTES = 16_384;
/** 100,000 tokens of 300 bytes: an answer beyond it is a stream without end. */
export const MAX_RESPONSE_BYTES = 32 * 1_048_576;
/** Our own sweep ends requests; undici's coarse timers only stand behind it. */
const BACKSTOP_MS = 10_000;

export function createLanes(target: LoadTarget, limits: LoadLimits): Lanes {
  const { origin } = new URL(target.baseUrl);
  const connector = createPinnedConnector(
    target.pinnedAddress,
    limits.connectTimeoutMs + BACKSTOP_MS,
  );
  const buffer = createReadBuffer();
  const idle: Lane[] = [];
  let taken = 0;
  let stale = 0;
  const closeIdle = (): void => {
    for (const lane of idle.splice(0)) closeLane(lane);
  };
  const reuses = (): boolean => stale < STALE_REQUESTS || stale < STALE_RATIO * taken;
  return {
    take: () => {
      taken += 1;
      return idle.pop() ?? createLane(origin, connector, buffer, limits);
    },
    give: (lane) => {
      if (reuses()) idle.push(lane);
      else closeLane(lane);
    },
    drop: closeLane,
    noteStale: () => {
      stale += 1;
      if (!reuses()) closeIdle();
    },
    closeIdle,
  };
}

function createLane(
  origin: string,
  connector: PinnedConnector,
  buffer: Buffer,
  limits: LoadLimits,
): Lane {
  const lane: Lane = {
    served: 0,
    body: undefined,
    pieceEnd: -1,
    socket: undefined,
    client: new Client(origin, {
      connect(options, callback) {
        const reading = shareReading(buffer, lane);
        lane.served = 0;
        lane.body = undefined;
        lane.socket = connector.open(options, callback, reading.onread);
        reading.attach(lane.socket);
      },
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      maxResponseSize: MAX_RESPONSE_BYTES,
      headersTimeout: limits.firstTokenTimeoutMs + BACKSTOP_MS,
      // Not the idle time: what goes past the parser is no sign of life to it.
      bodyTimeout: limits.totalTimeoutMs + BACKSTOP_MS,
      allowH2: false,
    }),
  };
  return lane;
}

function closeLane(lane: Lane): void {
  // A destroyed client lets an attempt to connect run on; its socket ends it.
  lane.socket?.destroy();
  // The only thing that can go wrong is that it was closed already.
  lane.client.destroy().catch(() => undefined);
}
