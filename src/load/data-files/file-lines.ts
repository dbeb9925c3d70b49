/**
 * The records of a file's three containers, from its text as it streams in: lines of JSON, lines of CSV
 * under a header, elements of one JSON array. Each comes with its line; what is no record is told with
 * its line, too.
 */
import { parse } from 'csv-parse/sync';
import { createArraySplitter } from '../../core/workload/readers/array-splitter.ts';
import type { Container } from '../../core/workload/readers/formats.ts';
import type { RecordReading } from '../../core/workload/readers/read-records.ts';
import { isRecord } from '../../core/workload/readers/row.ts';

export interface ContainerReader {
  push(text: string): void;
  end(): void;
}

/** A line without an end must not fill the memory; the longest context has a fifth of it. */
export const MAX_LINE_CHARS = 16_777_216;

type Sink = Pick<RecordReading, 'push' | 'broken'>;

export function createContainerReader(container: Container, sink: Sink): ContainerReader {
  switch (container) {
    case 'lines':
      return lineReader((line, number) => pushJson(sink, line, number), sink);
    case 'csv':
      return csvReader(sink);
    case 'array':
      return arrayReader(sink);
  }
}

function pushJson(sink: Sink, text: string, line: number): void {
  if (text.trim() === '') return;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (isRecord(value)) sink.push(value, line);
  else sink.broken(line, 'not_json', 'a JSON object', text);
}

function lineReader(onLine: (line: string, number: number) => void, sink: Sink): ContainerReader {
  let kept = '';
  let number = 0;
  let tooLong = false;
  const take = (line: string): void => {
    number += 1;
    const bare = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (tooLong) {
      sink.broken(number, 'not_json', `a line of at most ${MAX_LINE_CHARS} characters`, bare);
    } else onLine(number === 1 && bare.startsWith('\uFEFF') ? bare.slice(1) : bare, number);
    tooLong = false;
  };
  return {
    push(text) {
      let from = 0;
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
        take(kept + text.slice(from, at));
        kept = '';
        from = at + 1;
      }
      kept += text.slice(from);
      if (kept.length <= MAX_LINE_CHARS) return;
      tooLong = true;
      kept = kept.slice(0, MAX_LINE_CHARS);
    },
    end() {
      if (kept !== '') take(kept);
    },
  };
}

/**
 * RFC 4180. A record without a quote is cut at its commas, which is what a trace of 27 million lines
 * consists of; one with quotes is gathered until they are even and read by `csv-parse`.
 */
function csvReader(sink: Sink): ContainerReader {
  let header: readonly string[] | undefined;
  /** A record whose quotes are still open, and the line on which it began. */
  let open: string | undefined;
  let openLine = 0;

  const record = (text: string, line: number): void => {
    if (text === '') return;
    const values = text.includes('"') ? quoted(text) : text.split(',');
    if (values === undefined) {
      sink.broken(line, 'not_csv', 'quotes as in RFC 4180', text);
    } else if (header === undefined) {
      header = values.map((name) => name.trim());
    } else if (values.length !== header.length) {
      sink.broken(line, 'not_csv', `${header.length} fields`, `${values.length} fields: ${text}`);
    } else {
      const fields: Record<string, string | undefined> = {};
      for (let i = 0; i < header.length; i++) fields[header[i] ?? ''] = values[i];
      sink.push(fields, line);
    }
  };

  const lines = lineReader((line, number) => {
    const isOdd = hasOddQuotes(line);
    if (open === undefined && !isOdd) {
      record(line, number);
      return;
    }
    if (open === undefined) {
      open = line;
      openLine = number;
      return;
    }
    open += `\n${line}`;
    if (isOdd) {
      record(open, openLine);
      open = undefined;
    } else if (open.length > MAX_LINE_CHARS) {
      sink.broken(openLine, 'not_csv', 'a closing quote', open);
      open = undefined;
    }
  }, sink);

  return {
    push: lines.push,
    end() {
      lines.end();
      if (open !== undefined) sink.broken(openLine, 'not_csv', 'a closing quote', open);
    },
  };
}

function hasOddQuotes(text: string): boolean {
  let quotes = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) quotes += 1;
  return quotes % 2 === 1;
}

function quoted(text: string): readonly string[] | undefined {
  try {
    const [fields] = parse(text);
    return fields;
  } catch {
    return undefined;
  }
}

function arrayReader(sink: Sink): ContainerReader {
  const splitter = createArraySplitter();
  let told = false;
  const tellFault = (): void => {
    if (told || splitter.fault === undefined) return;
    told = true;
    const { line, expected } = splitter.fault;
    sink.broken(line, 'not_json', expected, 'something else');
  };
  return {
    push(text) {
      for (const { text: element, line } of splitter.push(text)) pushJson(sink, element, line);
      tellFault();
    },
    end() {
      splitter.end();
      tellFault();
    },
  };
}
