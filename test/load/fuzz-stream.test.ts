import { describe, expect, it } from 'vitest';
import { fuzzStreams } from './fuzz-stream.ts';

describe('random and mutated streams', () => {
  // Fixed seeds; the long run is `npm run fuzz:stream`.
  it.each([1, 1_000_001, 2_000_001])('from seed %i give the same row whatever the cuts', (seed) => {
    const report = fuzzStreams(1_500, seed);
    expect(report.failure).toBeUndefined();
    // The mutations reach the good and the bad ends alike.
    expect(Object.keys(report.outcomes).length).toBeGreaterThan(4);
  });
});
