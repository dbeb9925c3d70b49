/** A link cannot send a key: with one, the file is fetched and handed to the browser. */
import { announce } from './announce.js';
import { ask, hasKey } from './keys.js';

export function handleDownloads() {
  document.addEventListener('click', async (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[data-download]') : null;
    if (!(link instanceof HTMLAnchorElement) || !hasKey()) return;
    event.preventDefault();
    const answer = await ask(link.pathname + link.search).catch(() => undefined);
    if (answer?.ok !== true) return announce('The download was refused.');
    const url = URL.createObjectURL(await answer.blob());
    const saved = document.createElement('a');
    saved.href = url;
    const name = link.pathname.split('/').slice(-2).join('-');
    saved.download = `${name}${endingOf(link)}`;
    saved.click();
    URL.revokeObjectURL(url);
  });
}

/** @type {Readonly<Record<string, string>>} */
const ENDINGS = { html: '.html', markdown: '.md', csv: '.csv', junit: '.xml' };

/** @param {HTMLAnchorElement} link */
function endingOf(link) {
  return ENDINGS[new URLSearchParams(link.search).get('format') ?? ''] ?? '';
}
