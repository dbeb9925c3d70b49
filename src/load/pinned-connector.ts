/**
 * Opens connections to the address that was resolved and checked, and to no other: a name that
 * changes its address between the check and the load (DNS rebinding) changes nothing. The Host
 * header, SNI and the certificate's check stay with the name.
 */
import { buildConnector } from 'undici';

export type Connector = buildConnector.connector;

export function createPinnedConnector(address: string, timeoutMs: number): Connector {
  const connect = buildConnector({
    // HTTP/2 would put 200 requests on 2 connections and measure something else.
    allowH2: false,
    timeout: timeoutMs,
    rejectUnauthorized: true,
  });
  return (options, callback) => connect({ ...options, hostname: address }, callback);
}
