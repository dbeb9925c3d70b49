/** A JSON object that came in, before anything is known of what is in it. */
/** The fields that matter here, of a body, a message, a part of a message; nothing is known of them. */
export interface Fields {
  readonly model?: unknown;
  readonly messages?: unknown;
  readonly prompt?: unknown;
  readonly instructions?: unknown;
  readonly system?: unknown;
  readonly max_completion_tokens?: unknown;
  readonly max_output_tokens?: unknown;
  readonly max_tokens?: unknown;
  readonly min_tokens?: unknown;
  readonly ignore_eos?: unknown;
  readonly stream?: unknown;
  readonly stream_options?: unknown;
  readonly include_usage?: unknown;
  readonly n?: unknown;
  readonly cache_salt?: unknown;
  readonly role?: unknown;
  readonly content?: unknown;
  readonly text?: unknown;
  readonly input?: unknown;
  readonly inputs?: unknown;
  readonly query?: unknown;
  readonly documents?: unknown;
  readonly texts?: unknown;
  readonly top_n?: unknown;
}

export function parseObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
