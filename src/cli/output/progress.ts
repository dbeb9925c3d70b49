/**
 * Progress on stderr: at a terminal one line that is drawn again, in a pipe or a log one line for each
 * probe. Nothing at all when the person asked for quiet.
 */
import { stripVTControlCharacters, styleText } from 'node:util';
import type { ProgressLine } from './progress-lines.ts';

export interface Progress {
  show(line: ProgressLine): void;
  /** Before anything else is written: leaves no half line behind. */
  end(): void;
}

const CLEAR_LINE = '\r\x1b[2K';
/** Of a terminal that does not tell its width. */
const DEFAULT_COLUMNS = 80;
const VERDICT_STYLE = {
  pass: 'green',
  fail: 'red',
  inconclusive: 'yellow',
  void: 'yellow',
} as const;

export function createProgress(stream: NodeJS.WriteStream, quiet: boolean): Progress {
  if (quiet) return { show() {}, end() {} };
  if (!stream.isTTY) {
    return {
      show({ kind, text }) {
        if (kind !== 'live') stream.write(`${text}\n`);
      },
      end() {},
    };
  }
  let drawn = false;
  const clear = (): void => {
    if (drawn) stream.write(CLEAR_LINE);
    drawn = false;
  };
  return {
    show({ kind, text }) {
      clear();
      if (kind === 'note') {
        stream.write(`${text}\n`);
        return;
      }
      const columns = stream.columns || DEFAULT_COLUMNS;
      stream.write(coloured(text.slice(0, columns - 1), stream));
      drawn = true;
    },
    end: clear,
  };
}

/** Colour repeats what the word says; `styleText` honours NO_COLOR and the stream. */
function coloured(text: string, stream: NodeJS.WriteStream): string {
  return stripVTControlCharacters(text).replace(/\b(pass|fail|inconclusive|void)\b/, (word) =>
    word in VERDICT_STYLE
      ? styleText(VERDICT_STYLE[word as keyof typeof VERDICT_STYLE], word, { stream })
      : word,
  );
}
