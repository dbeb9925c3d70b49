/** Told on every page while the kill switch is on: why nothing runs and nothing can be started. */
import { html } from 'hono/html';
import { timeText } from './number-text.ts';

export interface StoppedLoad {
  readonly sinceMs: number;
  readonly by: string;
  readonly reason: string;
}

export function killSwitchSection(stopped: StoppedLoad | undefined): ReturnType<typeof html> {
  return html`<section id="kill-switch" data-region>${
    stopped === undefined
      ? ''
      : html`<p class="card faults"><strong>All load is stopped.</strong> The kill switch is on since
<time datetime="${new Date(stopped.sinceMs).toISOString()}">${timeText(stopped.sinceMs)}</time>, by ${stopped.by}${
          stopped.reason === '' ? '' : html`: ${stopped.reason}`
        }. Nothing can be started until somebody with the scope <em>admin</em> releases it.</p>`
  }</section>`;
}
