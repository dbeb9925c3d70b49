/**
 * How the tests run. The limits are against hangs, not a judgement of speed: a program of ours takes
 * more than a second of a core to start, and on a machine that does other things many seconds of the clock.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import ClosingLine from './closing-line.ts';

const HANG_MS = 60_000;
const POLL_MS = 20_000;
/**
 * Files of these rooms share a process and what it has imported: no module of theirs keeps anything, and no
 * test of theirs looks at its process as a whole. Each of the others has one of its own.
 */
const SHARING = ['core', 'view', 'service/http', 'service/access', 'sim'].map(
  (room) => `test/${room}/**/*.test.ts`,
);
const REAL = 'test/real/**';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    reporters: ['default', new ClosingLine()],
    testTimeout: HANG_MS,
    hookTimeout: HANG_MS,
    expect: { poll: { timeout: POLL_MS } },
    // A core is not kept free: half of the files wait for processes and sockets.
    maxWorkers: '100%',
    // A hundred starts of a few programs: compiled once.
    env: {
      NODE_COMPILE_CACHE: fileURLToPath(
        new URL('../node_modules/.cache/compiled', import.meta.url),
      ),
    },
    projects: [
      { extends: true, test: { name: 'sharing', include: SHARING, isolate: false } },
      {
        extends: true,
        test: { name: 'apart', include: ['test/**/*.test.ts'], exclude: [...SHARING, REAL] },
      },
    ],
  },
});
