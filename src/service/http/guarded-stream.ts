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
  /** Once, however it ended. */
  readonly onEnd: () => void;
  /** A fault of ours. The reader sees its connection cut, never a clean end of half the data. */
  readonly onError: (error: unknown) => void;
}

export function guardedStream(parts: GuardedStream): ReadableStream<Uint8Array> {
  const aborter = new AbortController();
  const encoder = new TextEncoder();
  const pieces = parts.pieces(aborter.signal);
  let stall: NodeJS.Timeout | undefined;
  let ended = false;

  const end = (): void => {
    clearTimeout(stall);
    if (ended) return;
    ended = true;
    parts.gone.removeEventListener('abort', end);
    aborter.abort();
    parts.onEnd();
  };
  parts.gone.addEventListener('abort', end, { once: true });
  if (parts.gone.aborted) end();

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        clearTimeout(stall);
        try {
          const next = await pieces.next();
          if (ended) return;
          if (next.done === true) {
            end();
            controller.close();
            return;
          }
          controller.enqueue(encoder.encode(next.value));
          stall = setTimeout(() => {
            end();
            controller.error(new Error('the reader stalled'));
          }, parts.stallMs);
        } catch (error) {
          if (!ended) parts.onError(error);
          end();
          controller.error(error);
        }
      },
      async cancel() {
        end();
        await pieces.return();
      },
    },
    // Nothing is made ahead of the reader.
    { highWaterMark: 0 },
  );
}
