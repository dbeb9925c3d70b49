/**
 * Tokens of pictures and sounds inside a message, by their size: a patch of 28 by 28 pixels is one
 * (Qwen2-VL), a second of sound 25 (Qwen2-Audio). Read from the files' own headers, so that a client that
 * sends something else is refused.
 */

const PATCH_PIXELS = 28;
const TOKENS_PER_SECOND = 25;
const PNG_SIGNATURE = '89504e47';
/** Frame header of a baseline JPEG. */
const START_OF_FRAME = 0xc0;

/** In the words of Chat Completions, Responses or Messages. Undefined for a part that is no picture or sound that this server understands. */
export function mediaTokens(part: Readonly<Record<string, unknown>>): number | undefined {
  const sound = field(part['input_audio'], 'data');
  if (sound !== undefined) return soundTokens(Buffer.from(sound, 'base64'));
  const inline = field(part['source'], 'data');
  if (inline !== undefined) return pictureTokens(Buffer.from(inline, 'base64'));
  const given = part['image_url'];
  const url = typeof given === 'string' ? given : field(given, 'url');
  const base64 = /^data:image\/(?:png|jpeg);base64,(.+)$/s.exec(url ?? '')?.[1];
  return base64 === undefined ? undefined : pictureTokens(Buffer.from(base64, 'base64'));
}

function field(value: unknown, key: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const found: unknown = Object.entries(value).find(([name]) => name === key)?.[1];
  return typeof found === 'string' ? found : undefined;
}

function pictureTokens(bytes: Buffer): number | undefined {
  const size = bytes.toString('hex', 0, 4) === PNG_SIGNATURE ? pngSize(bytes) : jpegSize(bytes);
  if (size === undefined) return undefined;
  return Math.ceil(size.width / PATCH_PIXELS) * Math.ceil(size.height / PATCH_PIXELS);
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function pngSize(bytes: Buffer): Size | undefined {
  if (bytes.length < 24) return undefined;
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

function jpegSize(bytes: Buffer): Size | undefined {
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff; ) {
    if (bytes[at + 1] === START_OF_FRAME) {
      return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
    }
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}

function soundTokens(bytes: Buffer): number | undefined {
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.length < 44) return undefined;
  const bytesPerSecond = bytes.readUInt32LE(28);
  return Math.ceil((bytes.readUInt32LE(40) / Math.max(1, bytesPerSecond)) * TOKENS_PER_SECOND);
}
