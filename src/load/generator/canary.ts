/**
 * Receives the canary: the time from the write of each sample to the moment this event loop reads it is
 * the error that a token of a real stream would have had just then.
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

export interface Canary {
  stop(): Promise<void>;
}

const CANARY_PERIOD_MS = 5;
const SAMPLE_BYTES = 8;
const NS_PER_MS = 1_000_000;

/** Resolves when the canary runs: a sample has arrived. */
export async function startCanary(onSample: (latenessMs: number) => void): Promise<Canary> {
  const server = createServer({ noDelay: true });
  const sockets = new Set<Socket>();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the canary has no port');

  const firstSample = new Promise<void>((resolve) => {
    server.on('connection', (socket) => {
      sockets.add(socket);
      readSamples(socket, (latenessMs) => {
        resolve();
        onSample(latenessMs);
      });
    });
  });
  const thread = new Worker(new URL('./canary-thread.ts', import.meta.url), {
    workerData: { port: address.port, periodMs: CANARY_PERIOD_MS },
  });
  const failed = new Promise<never>((_resolve, reject) => {
    thread.once('error', reject);
  });
  await Promise.race([firstSample, failed]);
  return {
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await thread.terminate();
    },
  };
}

function readSamples(socket: Socket, onSample: (latenessMs: number) => void): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (piece) => {
    const now = process.hrtime.bigint();
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let at = 0;
    for (; at + SAMPLE_BYTES <= bytes.length; at += SAMPLE_BYTES) {
      onSample(Number(now - bytes.readBigUInt64LE(at)) / NS_PER_MS);
    }
    rest = bytes.subarray(at);
  });
  socket.on('error', () => socket.destroy());
}
