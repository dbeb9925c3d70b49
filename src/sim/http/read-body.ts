/** Reads a request body of bounded size. */
import type { IncomingMessage } from 'node:http';

/** A prompt of 131,072 words of our own is under 1 MB; pictures and sounds of a request are 16 times that. */
export const MAX_BODY_BYTES = 16_777_216;

/** Calls back once: with the text, or undefined when it is too long. A client that leaves is silent. */
export function readBody(
  request: IncomingMessage,
  onText: (text: string | undefined) => void,
): void {
  const parts: Buffer[] = [];
  let bytes = 0;
  let over = false;
  request.on('data', (part: Buffer) => {
    if (over) return;
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) {
      over = true;
      parts.length = 0;
      onText(undefined);
    } else {
      parts.push(part);
    }
  });
  request.on('end', () => {
    if (!over) onText(Buffer.concat(parts).toString('utf8'));
  });
  request.on('error', () => {
    over = true;
  });
}
