/**
 * Reads all sockets of a generator into one buffer. A read usually allocates a buffer of its own, and
 * their collection is the tail of every timing; with one for all, the parser gets a slice and is done
 * with it before the next read.
 *
 * Only bodies are handed on so: the HTTP parser keeps slices of headers that came in two reads, so
 * until the headers are complete it gets copies.
 */
import type { OnReadOpts, Socket } from 'node:net';

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

export function shareReading(buffer: Buffer, mayShare: () => boolean): SharedReading {
  let socket: Socket | undefined;
  let slice: Buffer | null = null;
  return {
    onread: {
      buffer,
      callback(length) {
        const bytes = buffer.subarray(0, length);
        slice = mayShare() ? bytes : Buffer.from(bytes);
        socket?.emit('readable');
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
