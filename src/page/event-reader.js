/**
 * Reads the text of server-sent events piece by piece (WHATWG HTML, 9.2.6): pieces may be cut anywhere,
 * lines end with CR, LF or both. Pure, so that it can be tested without a browser.
 */

/**
 * @typedef {object} ServerEvent
 * @property {string} id Id of the last event that had one; empty when none had.
 * @property {string} type
 * @property {string} data
 */

/** A line that never ends is not from our service. */
const MAX_BUFFER_CHARS = 1_000_000;

/**
 * @returns {{ push: (text: string) => ServerEvent[], retryMs: () => number | undefined }}
 */
export function createEventReader() {
  let buffer = '';
  let id = '';
  let type = '';
  /** @type {string[]} */
  let data = [];
  /** @type {number | undefined} */
  let retry;

  /**
   * @param {string} line
   * @returns {ServerEvent | undefined} The event that an empty line ends.
   */
  function take(line) {
    if (line === '') {
      const event =
        data.length === 0 ? undefined : { id, type: type || 'message', data: data.join('\n') };
      type = '';
      data = [];
      return event;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    else if (field === 'event') type = value;
    else if (field === 'id') id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) retry = Number(value);
    return undefined;
  }

  return {
    push(text) {
      buffer += text;
      const events = [];
      for (;;) {
        const end = /\r\n|\n|\r/.exec(buffer);
        // A CR at the very end may be half of a CRLF.
        if (end === null || (end[0] === '\r' && end.index === buffer.length - 1)) break;
        const event = take(buffer.slice(0, end.index));
        buffer = buffer.slice(end.index + end[0].length);
        if (event !== undefined) events.push(event);
      }
      if (buffer.length > MAX_BUFFER_CHARS)
        throw new Error('a line of the event stream is too long');
      return events;
    },
    retryMs: () => retry,
  };
}
