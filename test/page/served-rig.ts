/** The whole service in this process on a real socket, with load in virtual time: a search takes a second. */

import { createApp } from '../../src/service/http/app.ts';
import type { HttpParts } from '../../src/service/http/ports.ts';
import { listen } from '../../src/service/http/server.ts';
import { createHttpRig, type HttpRig } from '../service/http/http-rig.ts';

export interface ServedRig extends HttpRig {
  readonly url: string;
  /** Holds the load after so many bursts from now, until the returned function is called. */
  holdAfter(bursts: number): () => void;
}

export async function serveRig(change: Partial<HttpParts> = {}): Promise<ServedRig> {
  const rig = await createHttpRig();
  const listening = await listen({
    host: '127.0.0.1',
    port: 0,
    fetch: createApp({ ...rig.parts, ...change }).fetch,
  });
  if (!listening.ok) throw new Error(listening.error);
  const { url, close } = listening.value;
  const { dispose } = rig;
  return Object.assign(rig, {
    url,
    holdAfter(bursts: number) {
      let begun = 0;
      let release = (): void => {};
      rig.knobs.fate = () => {
        begun += 1;
        if (begun === bursts + 1) {
          rig.knobs.hold = new Promise((resolve) => {
            release = resolve;
          });
        }
        return undefined;
      };
      return () => {
        rig.knobs.hold = undefined;
        release();
      };
    },
    async dispose() {
      await close();
      await dispose();
    },
  });
}
