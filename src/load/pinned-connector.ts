/**
 * Opens connections to the address that was resolved and checked, and to no other: a name that
 * changes its address between the check and the load (DNS rebinding) changes nothing. The Host
 * header, SNI and the certificate's check stay with the name. HTTP/2 is not offered: it would put 200
 * requests on 2 connections and measure something else.
 */
import { isIP, connect as netConnect, type OnReadOpts, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import type { buildConnector } from 'undici';

export interface PinnedConnector {
  /** The socket is there at once, so that an attempt can be ended; the callback comes when it stands. */
  open(
    options: buildConnector.Options,
    callback: buildConnector.Callback,
    onread?: OnReadOpts,
  ): Socket;
}

/** Tells a dead peer from a silent one while a long prompt is computed. */
const TCP_KEEP_ALIVE_MS = 60_000;
const HTTP_PORT = 80;
const HTTPS_PORT = 443;

export function createPinnedConnector(address: string, timeoutMs: number): PinnedConnector {
  /** The last TLS session: resuming it makes the next handshake cheaper, as a real client's would be. */
  let session: Buffer | undefined;
  return {
    open(options, callback, onread) {
      const { hostname, port, protocol } = options;
      const tls = protocol === 'https:';
      const common = {
        host: address,
        port: Number(port) || (tls ? HTTPS_PORT : HTTP_PORT),
        ...(onread !== undefined && { onread }),
      };
      const name = hostname.replace(/^\[(.*)\]$/, '$1');
      const socket = tls
        ? tlsConnect({
            ...common,
            ...(isIP(name) === 0 && { servername: name }),
            ...(session !== undefined && { session }),
            ALPNProtocols: ['http/1.1'],
            rejectUnauthorized: true,
          }).on('session', (ticket) => {
            session = ticket;
          })
        : netConnect(common);
      socket.setNoDelay(true);
      socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
      whenReady(socket, tls ? 'secureConnect' : 'connect', timeoutMs, callback);
      return socket;
    },
  };
}

function whenReady(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  timeoutMs: number,
  callback: buildConnector.Callback,
): void {
  let waiting = true;
  const timer = setTimeout(() => {
    socket.destroy(Object.assign(new Error('connect timeout'), { code: 'ETIMEDOUT' }));
  }, timeoutMs);
  socket.once(event, () => {
    clearTimeout(timer);
    if (!waiting) return;
    waiting = false;
    callback(null, socket);
  });
  // Stays on for the life of the socket: undici listens to its own errors only once it is handed over.
  socket.on('error', (error) => {
    clearTimeout(timer);
    if (!waiting) return;
    waiting = false;
    callback(error, null);
  });
}
