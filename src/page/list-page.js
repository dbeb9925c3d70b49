/** The list: asked again every few seconds while somebody looks at it. */
import { showConnection } from './announce.js';
import { handleKeys, hasKey, needsKey } from './keys.js';
import { refreshPage, rememberRegions } from './regions.js';

const EVERY_MS = 4_000;

async function load() {
  return (await refreshPage({ whole: true })) !== 'needs_key';
}

async function keepFresh() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    if (document.hidden || needsKey()) continue;
    try {
      await refreshPage();
      showConnection(undefined);
    } catch {
      showConnection('Connection lost, trying again. What you see may be old.');
    }
  }
}

rememberRegions();
handleKeys(load);
if (needsKey() && hasKey()) void load();
void keepFresh();
