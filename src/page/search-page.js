/** The page of one search or gate: follows its events, and brings the page up to date when one tells. */
import { handleAbort } from './abort.js';
import { announce, showConnection } from './announce.js';
import { handleDownloads } from './downloads.js';
import { followEvents, isLast } from './follow-events.js';
import { handleKeys, hasKey, needsKey } from './keys.js';
import { keepTime, showProgress } from './live-progress.js';
import { refreshPage, rememberRegions } from './regions.js';
import { createThrottle } from './throttle.js';

/** Events come in bunches, and a slow line must not be asked for pages all the time. */
const REFRESH_EVERY_MS = 1_000;

const refresh = createThrottle(REFRESH_EVERY_MS, async () => {
  const refreshed = await refreshPage();
  if (refreshed === 'needs_key') location.reload();
});

function search() {
  const place = document.getElementById('search');
  const { id = '', kind = 'search', ended = 'true', lastEvent = '0' } = place?.dataset ?? {};
  const path = `/v1/${kind === 'gate' ? 'gates' : 'searches'}/${encodeURIComponent(id)}`;
  return { id, path, ended: ended === 'true', lastEvent: Number(lastEvent) };
}

/** @param {import('./event-reader.js').ServerEvent} event */
function onEvent({ type, data }) {
  const { data: told } = JSON.parse(data);
  if (type === 'probe.progress') return showProgress(told);
  tell(type, told);
  refresh();
}

/**
 * For who cannot see the page change.
 * @param {string} type
 * @param {{ load?: number, probe?: number, reason?: string, tiers?: { verdict?: string }[] }} told
 */
function tell(type, told) {
  const verdict = told.tiers?.[0]?.verdict;
  if (type === 'probe.finished') {
    const word = verdict === 'inconclusive' ? 'is undecided' : `says ${verdict}`;
    announce(`Probe ${told.probe} at load ${told.load} ${word}.`);
  } else if (type === 'probe.voided') {
    announce(`Probe ${told.probe} at load ${told.load} is void: ${told.reason}.`);
  } else if (isLast(type)) {
    announce(`It has ended: ${type.replace(/^.*\./, '')}.`);
  }
}

function follow() {
  const { path, ended, lastEvent } = search();
  if (ended) return;
  void followEvents({
    path: `${path}/events`,
    after: lastEvent,
    onEvent,
    onConnection: (state) => {
      showConnection(
        state === 'open' ? undefined : 'Connection lost, trying again. What you see may be old.',
      );
      // What changed while the line was cut is in the events that come now; the page is asked in any case.
      if (state === 'open') refresh();
    },
    onEnd: () => {
      showConnection(undefined);
      refresh();
    },
    onRefused: (status) => {
      showConnection(`The service refuses to tell what happens (${status}). Reload the page.`);
    },
  });
}

async function load() {
  const refreshed = await refreshPage({ whole: true });
  if (refreshed === 'needs_key') return false;
  follow();
  return true;
}

rememberRegions();
handleKeys(load);
handleAbort(() => search().path);
handleDownloads();
keepTime();
if (!needsKey()) follow();
else if (hasKey()) void load();
