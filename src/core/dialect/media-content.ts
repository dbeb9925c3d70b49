/** Pictures and sounds inside a message, in the words of each API. They travel in the body, as base64. */
import type { StreamEndpointKind } from './endpoint.ts';

export interface Medium {
  readonly type: 'image/png' | 'image/jpeg' | 'audio/wav';
  readonly base64: string;
}

type Part = Readonly<Record<string, unknown>>;

/** The text first, as the APIs' own examples have it. */
export function mediaParts(
  endpoint: StreamEndpointKind,
  text: string,
  media: readonly Medium[],
): readonly Part[] {
  const isResponses = endpoint === 'responses';
  const first = { type: isResponses ? 'input_text' : 'text', text };
  return [first, ...media.map((medium) => partOf(endpoint, medium))];
}

function partOf(endpoint: StreamEndpointKind, { type, base64 }: Medium): Part {
  if (type === 'audio/wav') {
    return { type: 'input_audio', input_audio: { data: base64, format: 'wav' } };
  }
  const url = `data:${type};base64,${base64}`;
  if (endpoint === 'messages') {
    return { type: 'image', source: { type: 'base64', media_type: type, data: base64 } };
  }
  if (endpoint === 'responses') return { type: 'input_image', image_url: url };
  return { type: 'image_url', image_url: { url } };
}
