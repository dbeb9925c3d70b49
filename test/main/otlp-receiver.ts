/**
 * A collector on loopback: takes OTLP over HTTP as protobuf and gives out the spans it was sent. The reader
 * knows the few fields that the tests look at (opentelemetry-proto, trace/v1/trace.proto).
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export type Value = string | number | boolean | readonly Value[] | undefined;
export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentId: string;
  readonly kind: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Readonly<Record<string, Value>>;
  /** Span ids. */
  readonly links: readonly string[];
  readonly isError: boolean;
  readonly resource: Readonly<Record<string, Value>>;
}

export interface OtlpReceiver {
  readonly url: string;
  readonly spans: ReceivedSpan[];
  readonly headers: Record<string, unknown>[];
  /** Resolves when a span fulfils it; rejects after five seconds. */
  span(is: (span: ReceivedSpan) => boolean): Promise<ReceivedSpan>;
  close(): Promise<void>;
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const headers: Record<string, unknown>[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      headers.push(request.headers);
      spans.push(...readExport(Buffer.concat(pieces)));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    headers,
    async span(is) {
      for (let i = 0; i < 250; i++) {
        const found = spans.find(is);
        if (found !== undefined) return found;
        await delay(20);
      }
      throw new Error(`no such span among ${spans.map(({ name }) => name).join(', ')}`);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Field {
  readonly number: number;
  readonly bytes: Buffer;
  readonly int: bigint;
}

function readFields(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const wire = tag & 7;
    const number = tag >>> 3;
    if (wire === 0) fields.push({ number, bytes: Buffer.alloc(0), int: varint() });
    else {
      const length = wire === 2 ? Number(varint()) : wire === 1 ? 8 : 4;
      const part = bytes.subarray(at, at + length);
      at += length;
      const int =
        wire === 1 ? part.readBigUInt64LE() : wire === 5 ? BigInt(part.readUInt32LE()) : 0n;
      fields.push({ number, bytes: part, int });
    }
  }
  return fields;
}

const all = (fields: readonly Field[], number: number): Buffer[] =>
  fields.filter((field) => field.number === number).map(({ bytes }) => bytes);
const one = (fields: readonly Field[], number: number): Buffer =>
  all(fields, number)[0] ?? Buffer.alloc(0);
const intOf = (fields: readonly Field[], number: number): bigint =>
  fields.find((field) => field.number === number)?.int ?? 0n;

function readExport(bytes: Buffer): ReceivedSpan[] {
  return all(readFields(bytes), 1).flatMap((resourceSpans) => {
    const fields = readFields(resourceSpans);
    const resource = attributesOf(readFields(one(fields, 1)), 1);
    return all(fields, 2).flatMap((scope) =>
      all(readFields(scope), 2).map((span) => readSpan(readFields(span), resource)),
    );
  });
}

function readSpan(fields: readonly Field[], resource: ReceivedSpan['resource']): ReceivedSpan {
  return {
    name: one(fields, 5).toString('utf8'),
    traceId: one(fields, 1).toString('hex'),
    spanId: one(fields, 2).toString('hex'),
    parentId: one(fields, 4).toString('hex'),
    kind: Number(intOf(fields, 6)),
    startNs: intOf(fields, 7),
    endNs: intOf(fields, 8),
    attributes: attributesOf(fields, 9),
    links: all(fields, 13).map((link) => one(readFields(link), 2).toString('hex')),
    isError: intOf(readFields(one(fields, 15)), 3) === 2n,
    resource,
  };
}

function attributesOf(fields: readonly Field[], number: number): Record<string, Value> {
  return Object.fromEntries(
    all(fields, number).map((pair) => {
      const parts = readFields(pair);
      return [one(parts, 1).toString('utf8'), valueAt(readFields(one(parts, 2)))];
    }),
  );
}

function valueAt([field]: readonly Field[]): Value {
  switch (field?.number) {
    case 1:
      return field.bytes.toString('utf8');
    case 2:
      return field.int === 1n;
    case 3:
      return Number(field.int);
    case 4:
      return field.bytes.readDoubleLE();
    case 5:
      return all(readFields(field.bytes), 1).map((value) => valueAt(readFields(value)));
    default:
      return undefined;
  }
}
