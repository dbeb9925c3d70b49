/** WAV sounds of a stated length (PCM, 16 bit, mono, 16 kHz: what speech models are fed), each unlike any other. */
import type { Random } from '../../base/random.ts';

export const SAMPLE_RATE_HZ = 16_000;
const BYTES_PER_SAMPLE = 2;
const HEADER_BYTES = 44;
/** Far from clipping. */
const AMPLITUDE = 8_000;
/** Samples that are drawn anew for each sound, at 16 bits each: an eighth of a second. */
const FRESH_SAMPLES = 2_000;

export interface WavMaker {
  next(random: Random): Uint8Array;
}

export function createWavMaker(seconds: number, random: Random): WavMaker {
  const samples = Math.max(1, Math.round(seconds * SAMPLE_RATE_HZ));
  const whole = new Uint8Array(HEADER_BYTES + samples * BYTES_PER_SAMPLE);
  const view = new DataView(whole.buffer);
  writeHeader(view, samples * BYTES_PER_SAMPLE);
  drawSamples(view, samples, random);
  return {
    next(own) {
      const sound = whole.slice();
      drawSamples(new DataView(sound.buffer), Math.min(samples, FRESH_SAMPLES), own);
      return sound;
    },
  };
}

/** RIFF header of uncompressed PCM (format 1). */
function writeHeader(view: DataView, dataBytes: number): void {
  const text = (at: number, word: string): void => {
    for (let i = 0; i < word.length; i++) view.setUint8(at + i, word.charCodeAt(i));
  };
  text(0, 'RIFF');
  view.setUint32(4, HEADER_BYTES - 8 + dataBytes, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, SAMPLE_RATE_HZ, true);
  view.setUint32(28, SAMPLE_RATE_HZ * BYTES_PER_SAMPLE, true);
  view.setUint16(32, BYTES_PER_SAMPLE, true);
  view.setUint16(34, 8 * BYTES_PER_SAMPLE, true);
  text(36, 'data');
  view.setUint32(40, dataBytes, true);
}

function drawSamples(view: DataView, count: number, random: Random): void {
  for (let i = 0; i < count; i++) {
    const value = Math.round((random.next() * 2 - 1) * AMPLITUDE);
    view.setInt16(HEADER_BYTES + i * BYTES_PER_SAMPLE, value, true);
  }
}
