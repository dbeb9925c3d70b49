/** The reader of event streams: whatever way the text is cut, the same events come out. */
import { expect, test } from 'vitest';
import { createEventReader } from '../../src/page/event-reader.js';

const TEXT =
  'retry: 2000\n\n: heartbeat\n\nid: 1\nevent: probe.finished\ndata: {"a":1}\n\n' +
  'id: 2\r\ndata: one\r\ndata:two\r\n\r\n' +
  'data: three\r\rid: 4\nevent: only.a.type\n\ndata\n\n';
const EVENTS = [
  { id: '1', type: 'probe.finished', data: '{"a":1}' },
  { id: '2', type: 'message', data: 'one\ntwo' },
  { id: '2', type: 'message', data: 'three' },
  { id: '4', type: 'message', data: '' },
];

test('reads fields, comments, all three line ends, and an event without data as none', () => {
  const reader = createEventReader();
  expect(reader.push(TEXT)).toEqual(EVENTS);
  expect(reader.retryMs()).toBe(2_000);
});

test('gives the same events wherever the text is cut', () => {
  for (let at = 1; at < TEXT.length; at++) {
    const reader = createEventReader();
    const events = [...reader.push(TEXT.slice(0, at)), ...reader.push(TEXT.slice(at))];
    expect(events, `cut at ${at}`).toEqual(EVENTS);
  }
  const reader = createEventReader();
  expect([...TEXT].flatMap((character) => reader.push(character))).toEqual(EVENTS);
});

test('an event that was cut off is not given', () => {
  const reader = createEventReader();
  expect(reader.push('id: 7\ndata: half')).toEqual([]);
});

test('a line without end is refused, not kept', () => {
  const reader = createEventReader();
  const piece = 'x'.repeat(300_000);
  expect(() => {
    for (let i = 0; i < 4; i++) reader.push(piece);
  }).toThrow('too long');
});
