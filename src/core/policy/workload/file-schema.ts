/**
 * The parts of a request that are read or made, in the spelling of the API: a data file of the
 * operator, how many texts a batch holds, pictures and sounds.
 */
import { z } from 'zod';
import { TIME_UNITS } from '../../workload/readers/file-time.ts';
import { DATA_FORMATS, type DataFileSpec } from '../../workload/readers/formats.ts';
import type { ColumnMap } from '../../workload/readers/prompt-sets.ts';
import type { MediaSpec } from '../../workload/spec.ts';

const MAX_PATH_CHARS = 1_024;
const MAX_COLUMN_CHARS = 128;
const MAX_BLOCK_TOKENS = 65_536;
/** What servers take in one request: TEI 32 by default, OpenAI 2,048. */
const MAX_DOCUMENTS = 2_048;
const MAX_MEDIA = 16;
/** Larger than any model looks at; beyond it a picture only costs the client. */
const MAX_SIDE = 4_096;
const MAX_SECONDS = 600;

const column = z.string().min(1).max(MAX_COLUMN_CHARS).optional();

export const fileSchema = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .max(MAX_PATH_CHARS)
      .describe("Below the operator's folder of data files (PLIMSOLL_DATA_FILES_DIR)"),
    format: z
      .enum(DATA_FORMATS)
      .optional()
      .describe('`auto` (default) where the file itself settles it; `mapped` goes by `columns`'),
    columns: z
      .strictObject({
        prompt: column,
        prefix: column,
        input_tokens: column,
        output_tokens: column,
        timestamp: column,
        session: column,
        hash_ids: column,
      })
      .optional()
      .describe('Names of the columns of a `mapped` file; a column that is not named is not read'),
    time_unit: z
      .enum(TIME_UNITS)
      .optional()
      .describe('Of the timestamps, where the format leaves it open'),
    block_tokens: z
      .int()
      .min(1)
      .max(MAX_BLOCK_TOKENS)
      .optional()
      .describe("Tokens under one hash id, where they are not the publisher's"),
  })
  .meta({ id: 'DataFile', description: 'Requests as a data file records them' });
type FileInput = z.infer<typeof fileSchema>;

export const documentsSchema = z
  .int()
  .min(1)
  .max(MAX_DOCUMENTS)
  .describe('Texts in one request of embeddings or rerank, each of `input_tokens`; 1 by default');

export const imagesSchema = z
  .strictObject({
    count: z.int().min(1).max(MAX_MEDIA).optional().describe('Of each request; 1 by default'),
    width: z.int().min(1).max(MAX_SIDE),
    height: z.int().min(1).max(MAX_SIDE),
    format: z.enum(['png', 'jpeg']).optional().describe('png by default'),
  })
  .meta({ id: 'Images', description: 'Pictures beside the text, made for each request' });

export const audioSchema = z
  .strictObject({
    count: z.int().min(1).max(MAX_MEDIA).optional().describe('Of each request; 1 by default'),
    seconds: z.number().min(0.1).max(MAX_SECONDS),
  })
  .meta({ id: 'Audio', description: 'Sounds beside the text, WAV at 16 kHz' });

export function toDataFile(input: FileInput): DataFileSpec {
  const { path, format, columns, time_unit: timeUnit, block_tokens: blockTokens } = input;
  return {
    path,
    format: format ?? (columns === undefined ? 'auto' : 'mapped'),
    ...(columns !== undefined && { columns: toColumns(columns) }),
    ...(timeUnit !== undefined && { timeUnit }),
    ...(blockTokens !== undefined && { blockTokens }),
  };
}

function toColumns(columns: NonNullable<FileInput['columns']>): ColumnMap {
  const { prompt, prefix, timestamp, session } = columns;
  const { input_tokens: inputTokens, output_tokens: outputTokens, hash_ids: hashIds } = columns;
  return {
    ...(prompt !== undefined && { prompt }),
    ...(prefix !== undefined && { prefix }),
    ...(inputTokens !== undefined && { inputTokens }),
    ...(outputTokens !== undefined && { outputTokens }),
    ...(timestamp !== undefined && { timestamp }),
    ...(session !== undefined && { session }),
    ...(hashIds !== undefined && { hashIds }),
  };
}

export function dataFileToJson(file: DataFileSpec): FileInput {
  const { path, format, columns, timeUnit, blockTokens } = file;
  return {
    path,
    format,
    ...(columns !== undefined && {
      columns: {
        prompt: columns.prompt,
        prefix: columns.prefix,
        input_tokens: columns.inputTokens,
        output_tokens: columns.outputTokens,
        timestamp: columns.timestamp,
        session: columns.session,
        hash_ids: columns.hashIds,
      },
    }),
    ...(timeUnit !== undefined && { time_unit: timeUnit }),
    ...(blockTokens !== undefined && { block_tokens: blockTokens }),
  };
}

export function toMedia(
  images: z.infer<typeof imagesSchema> | undefined,
  audio: z.infer<typeof audioSchema> | undefined,
): MediaSpec | undefined {
  if (images === undefined && audio === undefined) return undefined;
  return {
    ...(images !== undefined && {
      images: {
        count: images.count ?? 1,
        width: images.width,
        height: images.height,
        format: images.format ?? 'png',
      },
    }),
    ...(audio !== undefined && { audio: { count: audio.count ?? 1, seconds: audio.seconds } }),
  };
}
