/** A line between browser and service that a test can cut: bytes go through, or nothing does. */
import { connect, createServer, type Socket } from 'node:net';

export interface Line {
  readonly url: string;
  /** Where it leads; a service that was started again has another port. */
  lead(url: string): void;
  /** Drops every connection, and each new one, until mended. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function layLine(to: string): Promise<Line> {
  let port = Number(new URL(to).port);
  let whole = true;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    if (!whole) {
      near.destroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => one.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP server');
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${address.port}`,
    lead(url) {
      port = Number(new URL(url).port);
    },
    cut() {
      whole = false;
      drop();
    },
    mend() {
      whole = true;
    },
    close() {
      drop();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
