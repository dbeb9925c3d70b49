/**
 * The frame of every page: head, skip link, navigation, main part, and the two lines that tell what
 * changed (for screen readers) and whether the connection stands. Everything that is put into a page
 * goes through hono's `html`, which escapes it: a label or a server's answer is text, whatever it holds.
 */
import { html } from 'hono/html';
import { killSwitchSection, type StoppedLoad } from './kill-switch.ts';

export type Markup = ReturnType<typeof html>;

/** Of `src/page/`, in the order in which they are laid over each other. */
export const PAGE_STYLES = ['base.css', 'frame.css', 'content.css', 'form.css'] as const;

/** The main part of a page for who may not read. */
export const NOTHING: Markup = html``;

export interface Frame {
  readonly title: string;
  /** Module of `src/page/` that drives this page; absent: it stands still. */
  readonly script?: string;
  /** Of `src/page/`, for this page alone. */
  readonly style?: string;
  /** Which entry of the navigation this page is. */
  readonly current?: 'searches' | 'start' | 'reference' | 'statistics';
  readonly version: string;
  /** The caller may not read: the main part holds the form that asks for a key, and no data. */
  readonly needsKey: boolean;
  /** Set while the kill switch is on and the caller may know it. */
  readonly stopped?: StoppedLoad | undefined;
  readonly main: Markup;
  /** After the main part, never exchanged by an update: dialogs. */
  readonly after?: Markup;
}

const entry = (href: string, text: string, isCurrent: boolean): Markup =>
  isCurrent
    ? html`<a href="${href}" aria-current="page">${text}</a>`
    : html`<a href="${href}">${text}</a>`;

export function pageDocument(frame: Frame): Markup {
  const { title, script, style, current, version, needsKey, stopped, main, after } = frame;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Plimsoll</title>
<link rel="icon" href="/page/icon.svg" type="image/svg+xml">
${PAGE_STYLES.map(
  (name) => html`<link rel="stylesheet" href="/page/${name}">
`,
)}<link rel="stylesheet" href="/page/plots.css">
${style === undefined ? '' : html`<link rel="stylesheet" href="/page/${style}">`}
${script === undefined ? '' : html`<script type="module" src="/page/${script}"></script>`}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="brand" href="/"><span class="plimsoll" aria-hidden="true"></span>Plimsoll</a>
<nav aria-label="Pages">${entry('/', 'Searches', current === 'searches')}
${entry('/new', 'Start', current === 'start')}
${entry('/docs', 'API', current === 'reference')}
${entry('/docs/statistics', 'How sure?', current === 'statistics')}
<button type="button" class="plain" data-action="forget-key" hidden>Forget the key</button></nav>
</header>
<p id="connection" class="connection" hidden></p>
<p id="announcer" class="unseen" role="status"></p>
<main id="main" tabindex="-1"${needsKey ? html` data-needs-key` : ''}>
${needsKey ? keyForm() : html`${killSwitchSection(stopped)}${main}`}
</main>
${after ?? ''}
<footer class="bottom"><p>Plimsoll ${version}. Times are UTC. <a href="/docs/statistics">How sure the numbers are</a>.</p></footer>
</body>
</html>`;
}

/** Shown where the caller has no key yet; `src/page/keys.js` takes it from here. */
function keyForm(): Markup {
  return html`<form id="key-form" class="card narrow" novalidate>
<h1>This service asks for a key</h1>
<p>A key with the scope <em>read</em> shows the pages; starting and aborting need <em>run</em>. It is kept
in this tab only, until you close it.</p>
<div class="field"><label for="key">Key</label>
<input id="key" name="key" type="password" autocomplete="off" spellcheck="false"
aria-describedby="key-fault"><p class="fault" id="key-fault"></p></div>
<button type="submit">Use this key</button>
<noscript><p>Without script a page cannot send a key: use the API.</p></noscript>
</form>`;
}
