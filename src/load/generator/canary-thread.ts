/**
 * Thread: writes the time, as 8 bytes of CLOCK_MONOTONIC nanoseconds, every few ms over loopback TCP
 * into the generator's own event loop. A late tick of this thread harms nothing: the time is taken at
 * the write.
 */
import { connect } from 'node:net';
import { workerData } from 'node:worker_threads';

const { port, periodMs } = workerData;
const socket = connect({ port, host: '127.0.0.1', noDelay: true });
const stamp = Buffer.alloc(8);
socket.on('connect', () => {
  setInterval(() => {
    stamp.writeBigUInt64LE(process.hrtime.bigint());
    socket.write(Buffer.from(stamp));
  }, periodMs);
});
