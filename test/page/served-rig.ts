/** The whole service in this process on a real socket, with load in virtual time: a search takes a second. */

import { createApp } from '../../src/service/http/app.ts';
import { listen } from '../../src/service/http/server.ts';
import { createHttpRig, type HttpRig } from '../service/http/http-rig.ts';

export interface ServedRig extends HttpRig {
  readonly url: string;
}

export async function serveRig(): Promise<ServedRig> {
  const rig = await createHttpRig();
  const listening = await listen({ host: '127.0.0.1', port: 0, fetch: createApp(rig.parts).fetch });
  if (!listening.ok) throw new Error(listening.error);
  const { url, close } = listening.value;
  const { dispose } = rig;
  return Object.assign(rig, {
    url,
    async dispose() {
      await close();
      await dispose();
    },
  });
}
