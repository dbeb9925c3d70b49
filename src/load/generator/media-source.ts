/** Pictures and sounds of one part's requests: encoded once as far as it goes, drawn anew for each. */
import { deflateRawSync } from 'node:zlib';
import type { Random } from '../../core/base/random.ts';
import type { Medium } from '../../core/dialect/media-content.ts';
import { createJpegMaker } from '../../core/workload/media/jpeg.ts';
import { createPngMaker } from '../../core/workload/media/png.ts';
import { createWavMaker } from '../../core/workload/media/wav.ts';
import type { MediaSpec } from '../../core/workload/spec.ts';

export type MediaSource = () => readonly Medium[];

export function createMediaSource({ images, audio }: MediaSpec, random: Random): MediaSource {
  const picture = images === undefined ? undefined : pictureMaker(images, random);
  const sound = audio === undefined ? undefined : createWavMaker(audio.seconds, random);
  const own = random.fork('fresh');
  const base64 = (bytes: Uint8Array): string =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
  return () => {
    const media: Medium[] = [];
    for (let i = 0; i < (images?.count ?? 0) && picture !== undefined; i++) {
      media.push({ type: `image/${images?.format ?? 'png'}`, base64: base64(picture(own)) });
    }
    for (let i = 0; i < (audio?.count ?? 0) && sound !== undefined; i++) {
      media.push({ type: 'audio/wav', base64: base64(sound.next(own)) });
    }
    return media;
  };
}

function pictureMaker(
  { width, height, format }: NonNullable<MediaSpec['images']>,
  random: Random,
): (own: Random) => Uint8Array {
  if (format === 'jpeg') return createJpegMaker(width, height, random).next;
  return createPngMaker(width, height, random, (bytes) => deflateRawSync(bytes)).next;
}
