/**
 * Thread: writes the time, as 8 bytes of CLOCK_MONOTONIC nanoseconds, every few ms over loopback TCP
 * into the generator's own event loop. A late tick of this thread harms nothing: the time is taken at
 * the write.
 *
 * It sleeps in Atomics.wait and not in a timer, which costs three times as much: the canary's own work
 * is part of what a generator needs. A write to a socket with room is done when it returns.
 */
import { createServer, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

const { periodMs } = workerData;
/** So often the loop of this thread gets its turn, for what a write leaves behind. */
const TICKS_PER_TURN = 20;
const sleep = new Int32Array(new SharedArrayBuffer(4));

function write(socket: Socket): void {
  for (let i = 0; i < TICKS_PER_TURN; i++) {
    Atomics.wait(sleep, 0, 0, periodMs);
    const stamp = Buffer.allocUnsafe(8);
    stamp.writeBigUInt64LE(process.hrtime.bigint());
    socket.write(stamp);
  }
  if (!socket.destroyed) setImmediate(write, socket);
}

const server = createServer({ noDelay: true }, (socket) => {
  server.close();
  socket.on('error', () => socket.destroy());
  write(socket);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address !== 'string') parentPort?.postMessage(address.port);
});
