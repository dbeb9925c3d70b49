/**
 * A response body from a generator of text that nobody can hold open for nothing: it makes the next
 * piece only when the reader took the last one, cuts a reader that stops taking, and ends the
 * generator when the reader goes away.
 */
export interface GuardedStream {
  /** Yields pieces; must end soon after the signal aborts. */
  readonly pieces: (signal: AbortSignal) => AsyncGenerator<string, void, void>;
  readonly stallMs: number;
  /** The request's own signal: the reader may be gone before it takes the first piece. */
  readonly gone: AbortSignal;
  /** Cuts the connection, so that half of the data never looks whole; absent without a socket. */
  readonly cut: (() => void) | undefined;
  /** Once, however it ended. */
  readonly onEnd: () => void;
  /** A fault of ours. */
  readonly onError: (error: unknown) => void;
}

export function guardedStream(parts: GuardedStream): ReadableStream<Uint8Array> {
  const { gone, cut, stallMs } = parts;
  const aborter = new AbortController();
  const encoder = new TextEncoder();
  const pieces = parts.pieces(aborter.signal);
  let stall: NodeJS.Timeout | undefined;
  let ended = false;

  const end = (): void => {
    clearTimeout(stall);
    if (ended) return;
    ended = true;
    gone.removeEventListener('abort', end);
    aborter.abort();
    // One that waits at a piece is ended here, one that works sees the signal.
    pieces.return().catch(parts.onError);
    parts.onEnd();
  };
  gone.addEventListener('abort', end, { once: true });
  if (gone.aborted) end();

  const fail = (controller: ReadableStreamDefaultController, error: unknown): void => {
    end();
    if (cut === undefined) controller.error(error);
    else cut();
  };

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        clearTimeout(stall);
        try {
          const next = await pieces.next();
          if (next.done === true) {
            end();
            controller.close();
          } else if (!ended) {
            controller.enqueue(encoder.encode(next.value));
            stall = setTimeout(fail, stallMs, controller, new Error('the reader stalled'));
          }
        } catch (error) {
          if (!ended) parts.onError(error);
          fail(controller, error);
        }
      },
      cancel: end,
    },
    // Nothing is made ahead of the reader.
    { highWaterMark: 0 },
  );
}
