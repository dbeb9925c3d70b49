/**
 * Cuts a byte stream into server-sent events (WHATWG HTML, section 9.2.6), whatever the pieces that
 * the network made of it. Works on bytes, so that a character split between two pieces is whole again
 * before anything decodes it, and hands on ranges instead of copies, because this runs for every token
 * of every stream.
 *
 * More lenient than the standard where servers are: the last event counts without its blank line, and
 * a bare `error: ...` line (llama.cpp of 2025) is handed on. Stricter in one point: lines are bounded.
 */

/** The bytes from `start` to `end` are the handler's only until it returns. */
export type RangeHandler = (bytes: Buffer, start: number, end: number) => void;

export interface SplitterHandlers {
  /** The data of one event, never empty; several `data:` lines come joined by LF. */
  readonly onData: RangeHandler;
  /** The value of a bare `error:` line. */
  readonly onErrorLine: RangeHandler;
  /** A line or event passed the limit; nothing is read from then on. */
  readonly onOverflow: () => void;
}

export interface SseSplitter {
  push(piece: Buffer): void;
  /** The stream ended: what is left is a last line and a last event. */
  end(): void;
  /** What comes next begins a line and an event: nothing is kept of what came before. */
  isBetweenEvents(): boolean;
}

/** Longest line or event: far above a token with logprobs, and what a hostile server can make us keep. */
export const MAX_SSE_LINE_BYTES = 65_536;

/** Room for the usual event, so that one cut in two costs one allocation a stream. */
const FIRST_REST_BYTES = 512;

const LF = 10;
const CR = 13;
const SPACE = 32;
const COLON = 58;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const DATA = Buffer.from('data');
const ERROR = Buffer.from('error');
const NOTHING = Buffer.alloc(0);
const LINE_FEED = Buffer.from('\n');

export function createSseSplitter(
  handlers: SplitterHandlers,
  maxLineBytes: number = MAX_SSE_LINE_BYTES,
): SseSplitter {
  const { onData, onErrorLine, onOverflow } = handlers;
  /** A line that has not ended. Room grows by doubling: joining at each read would be quadratic. */
  let rest: Buffer = NOTHING;
  let restBytes = 0;
  /** Data of the event that has not ended: a range of the current piece, or kept copies. */
  let eventBytes: Buffer | undefined;
  let eventStart = 0;
  let eventEnd = 0;
  let keptData: Buffer[] = [];
  let keptBytes = 0;
  /** The piece before ended in CR: a LF at the start of this one belongs to it. */
  let skipLf = false;
  let atStart = true;
  let overflowed = false;
  let betweenEvents = false;

  const overflow = (): void => {
    overflowed = true;
    onOverflow();
  };

  const keepEvent = (): void => {
    if (eventBytes === undefined) return;
    const copy = Buffer.from(eventBytes.subarray(eventStart, eventEnd));
    if (keptData.length > 0) keptData.push(LINE_FEED);
    keptData.push(copy);
    keptBytes += copy.length + 1;
    if (keptBytes > maxLineBytes) overflow();
    eventBytes = undefined;
  };

  const endEvent = (): void => {
    if (keptData.length > 0) {
      keepEvent();
      const joined = Buffer.concat(keptData);
      keptData = [];
      keptBytes = 0;
      if (joined.length > 0 && !overflowed) onData(joined, 0, joined.length);
    } else if (eventBytes !== undefined) {
      const bytes = eventBytes;
      eventBytes = undefined;
      if (eventEnd > eventStart) onData(bytes, eventStart, eventEnd);
    }
  };

  const takeLine = (bytes: Buffer, from: number, end: number): void => {
    let start = from;
    if (atStart) {
      atStart = false;
      if (startsWith(bytes, start, end, BOM)) start += BOM.length;
    }
    if (start === end) {
      endEvent();
      return;
    }
    if (end - start > maxLineBytes) {
      overflow();
      return;
    }
    if (hasName(bytes, start, end, DATA)) {
      keepEvent();
      eventBytes = bytes;
      eventStart = valueStart(bytes, start + DATA.length, end);
      eventEnd = trimmedEnd(bytes, eventStart, end);
    } else if (hasName(bytes, start, end, ERROR)) {
      onErrorLine(bytes, valueStart(bytes, start + ERROR.length, end), end);
    }
  };

  /** A line whose end is at `end` of `piece`: alone, or with what came before. */
  const closeLine = (piece: Buffer, start: number, end: number): void => {
    if (restBytes === 0) {
      takeLine(piece, start, end);
      return;
    }
    keepRest(piece, start, end);
    const length = restBytes;
    restBytes = 0;
    if (!overflowed) takeLine(rest, 0, length);
  };

  const keepRest = (piece: Buffer, start: number, end: number): void => {
    const needed = restBytes + end - start;
    if (needed > maxLineBytes) {
      overflow();
      return;
    }
    if (needed > rest.length) {
      const room = Buffer.allocUnsafeSlow(Math.max(FIRST_REST_BYTES, 2 * needed));
      rest.copy(room, 0, 0, restBytes);
      rest = room;
    }
    piece.copy(rest, restBytes, start, end);
    restBytes = needed;
  };

  return {
    push(piece) {
      if (overflowed || piece.length === 0) return;
      let start = 0;
      if (skipLf) {
        skipLf = false;
        if (piece[0] === LF) start = 1;
      }
      let cr = piece.indexOf(CR, start);
      let lf = piece.indexOf(LF, start);
      while (!overflowed && (lf >= 0 || cr >= 0)) {
        if (cr >= 0 && (lf < 0 || cr < lf)) {
          closeLine(piece, start, cr);
          start = cr + 1;
          if (start === piece.length) skipLf = true;
          else if (piece[start] === LF) start += 1;
          cr = piece.indexOf(CR, start);
          if (lf >= 0 && lf < start) lf = piece.indexOf(LF, start);
        } else {
          closeLine(piece, start, lf);
          start = lf + 1;
          lf = piece.indexOf(LF, start);
        }
      }
      // The event first: its range may lie in the room that the rest is about to take.
      keepEvent();
      if (start < piece.length) keepRest(piece, start, piece.length);
      betweenEvents =
        restBytes === 0 && keptData.length === 0 && !(skipLf || atStart || overflowed);
    },
    end() {
      if (overflowed) return;
      closeLine(NOTHING, 0, 0);
      if (!overflowed) endEvent();
    },
    isBetweenEvents: () => betweenEvents,
  };
}

/**
 * Where the data of one whole event with one line of data would begin in bytes that follow an event;
 * -1 when they begin otherwise. Whether they are one whole event, the data must tell: no line end in it.
 */
export function loneDataStart(bytes: Buffer, start: number, end: number): number {
  return hasName(bytes, start, end, DATA) ? valueStart(bytes, start + DATA.length, end) : -1;
}

/** Where it would end: before the two line ends that end the line and the event; -1 without them. */
export function loneDataEnd(bytes: Buffer, start: number, end: number): number {
  if (end - start < 4 || bytes[end - 1] !== LF) return -1;
  if (bytes[end - 2] === LF) return end - 2;
  return bytes[end - 2] === CR && bytes[end - 3] === LF && bytes[end - 4] === CR ? end - 4 : -1;
}

/** Whether the line is the field `name`: the name alone or before a colon. */
function hasName(bytes: Buffer, start: number, end: number, name: Buffer): boolean {
  const after = start + name.length;
  return startsWith(bytes, start, end, name) && (after === end || bytes[after] === COLON);
}

function startsWith(bytes: Buffer, start: number, end: number, prefix: Buffer): boolean {
  if (end - start < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (bytes[start + i] !== prefix[i]) return false;
  return true;
}

/** After the colon and the one space that the standard drops. */
function valueStart(bytes: Buffer, afterName: number, end: number): number {
  const start = Math.min(end, afterName + 1);
  return start < end && bytes[start] === SPACE ? start + 1 : start;
}

/** TRT-LLM writes `data: {...} `: trailing spaces are no part of any data that we read. */
function trimmedEnd(bytes: Buffer, start: number, end: number): number {
  let trimmed = end;
  while (trimmed > start && bytes[trimmed - 1] === SPACE) trimmed -= 1;
  return trimmed;
}
