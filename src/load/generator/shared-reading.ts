/**
 * Reads all sockets of a generator into one buffer. A read usually allocates a buffer of its own, and
 * their collection is the tail of every timing; with one for all, the parser gets a slice and is done
 * with it before the next read.
 *
 * Only bodies are handed on so: the HTTP parser keeps slices of headers that came in two reads, so
 * until the headers are complete it gets copies.
 *
 * Of a body, whole plain HTTP chunks go past the parser (`whole-chunks.ts`), which costs more than all
 * the rest of a token. It stands between two chunks before and after them, so it misses nothing; all that
 * is not a whole plain chunk, the last one and every fault included, is the parser's as ever.
 */
import type { OnReadOpts, Socket } from 'node:net';
import { type BodyReader, endsAChunk, takeWholeChunks } from './whole-chunks.ts';

/** What the connection is at, as the exchange on it knows. */
export interface ReadingState {
  /** Of the answer whose headers are complete and whose end has not come. */
  body: BodyReader | undefined;
  /** Where in its memory the last piece of body ended that the parser handed out; -1: none. */
  pieceEnd: number;
}

export interface SharedReading {
  /** For the socket's options, so before there is a socket. */
  readonly onread: OnReadOpts;
  /** Lets undici read from the socket as it always does: on `readable`, until there is no more. */
  attach(socket: Socket): void;
}

/** What a kernel hands over in one go on loopback; more than a burst of tokens on one stream. */
const READ_BUFFER_BYTES = 65_536;

export function createReadBuffer(): Buffer {
  return Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
}

export function shareReading(buffer: Buffer, state: ReadingState): SharedReading {
  let socket: Socket | undefined;
  let slice: Buffer | null = null;
  /** The parser stands between two chunks of `state.body`. */
  let betweenChunks = false;

  const parse = (start: number, length: number): void => {
    const bytes = buffer.subarray(start, length);
    const fed = state.body === undefined ? Buffer.from(bytes) : bytes;
    slice = fed;
    state.pieceEnd = -1;
    socket?.emit('readable');
    betweenChunks = state.body !== undefined && endsAChunk(fed, state.pieceEnd);
  };

  return {
    onread: {
      buffer,
      callback(length) {
        const taken =
          betweenChunks && state.body !== undefined
            ? takeWholeChunks(buffer, length, state.body)
            : 0;
        if (taken < length) parse(taken, length);
        return true;
      },
    },
    attach(opened) {
      socket = opened;
      const read = opened.read.bind(opened);
      opened.read = (size?: number): unknown => {
        // read(0) is how a stream finds its own end.
        if (size === 0) return read(0);
        const taken = slice;
        slice = null;
        return taken;
      };
    },
  };
}
