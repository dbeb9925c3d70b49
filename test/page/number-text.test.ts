/** What the script writes between two updates reads as what the service rendered. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as inBrowser from '../../src/page/number-text.js';
import * as rendered from '../../src/view/page/number-text.ts';

test('seconds and counts are written as the service writes them', () => {
  for (const seconds of [0, 0.5, 59.6, 119.4, 119.5, 120, 125, 3_600]) {
    expect(inBrowser.secondsText(seconds)).toBe(rendered.secondsText(seconds));
  }
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (value) => {
      expect(inBrowser.secondsText(value)).toBe(rendered.secondsText(value));
      expect(inBrowser.countText(value)).toBe(rendered.countText(value));
    }),
  );
});
