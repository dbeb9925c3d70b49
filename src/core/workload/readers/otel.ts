/**
 * OpenTelemetry spans of model calls (GenAI conventions): the start of a span is an arrival, its usage
 * the lengths. Messages are personal data and not needed: they are never read. Two shapes: OTLP in
 * JSON as the collector's file exporter writes it, and one flat span per line as SDKs print it.
 */
import { err, ok } from '../../base/result.ts';
import { readFields } from './fields.ts';
import { type DataRow, type FileRecord, isRecord, type RowFault, type RowReading } from './row.ts';

/** Calls that ask a model; `execute_tool` and `invoke_agent` contain such calls and are none. */
const MODEL_CALLS: ReadonlySet<unknown> = new Set(['chat', 'text_completion', 'generate_content']);
/** OTLP's status of a span that failed: 2, or its name. */
const FAILED: ReadonlySet<unknown> = new Set([2, 'STATUS_CODE_ERROR', 'ERROR']);

export function readOtel(record: FileRecord): RowReading {
  const rows: DataRow[] = [];
  const faults: RowFault[] = [];
  for (const span of spansIn(record)) {
    const reading = readSpan(span);
    if (reading.ok) rows.push(...reading.value);
    else faults.push(...reading.error);
  }
  return faults.length > 0 ? err(faults) : ok(rows);
}

function spansIn(record: FileRecord): readonly FileRecord[] {
  if (record['resourceSpans'] === undefined) return [record];
  return listOf(record['resourceSpans'])
    .flatMap((resource) => listOf(resource['scopeSpans']))
    .flatMap((scope) => listOf(scope['spans']));
}

/** A span of another kind, or of a call that failed, gives no row. */
function readSpan(span: FileRecord): RowReading {
  const attributes = attributesOf(span['attributes']);
  if (!MODEL_CALLS.has(attributes['gen_ai.operation.name']) || hasFailed(span)) return ok([]);
  const fields = readFields({ ...attributes, ...span });
  const inputTokens = fields.requiredCount(['gen_ai.usage.input_tokens'], 1);
  const outputTokens = fields.requiredCount(['gen_ai.usage.output_tokens']);
  const atMs =
    span['startTimeUnixNano'] === undefined
      ? fields.requiredTime(['start_time'], 'date')
      : fields.requiredTime(['startTimeUnixNano'], 'ns');
  if (inputTokens === undefined || outputTokens === undefined || atMs === undefined) {
    return err(fields.faults);
  }
  if (fields.faults.length > 0) return err(fields.faults);
  return ok([
    {
      atMs,
      inputTokens,
      outputTokens: Math.max(1, outputTokens),
    },
  ]);
}

function hasFailed(span: FileRecord): boolean {
  const status = span['status'];
  if (!isRecord(status)) return false;
  return FAILED.has(status['code']) || FAILED.has(status['status_code']);
}

/** OTLP lists `{key, value: {intValue: "12"}}`; a flat span has an object. */
function attributesOf(given: unknown): FileRecord {
  if (isRecord(given)) return given;
  const entries = listOf(given).map((item): [string, unknown] => {
    const value = isRecord(item['value']) ? item['value'] : {};
    return [
      String(item['key']),
      value['stringValue'] ?? value['intValue'] ?? value['doubleValue'] ?? value['boolValue'],
    ];
  });
  return Object.fromEntries(entries);
}

function listOf(value: unknown): readonly FileRecord[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
