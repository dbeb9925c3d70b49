/**
 * One request and its answer: stamps the moments, feeds the stream reader, decides the outcome when it
 * ends. The dispatcher calls it for every read, so the clock is read first and once.
 */
import type { Dispatcher } from 'undici';
import { type Answer, type Delta, isComplete } from '../../core/dialect/answer.ts';
import {
  type AnswerStream,
  createAnswerStream,
  takePlainEvent,
} from '../../core/dialect/answer-stream.ts';
import { isWhole, type WholeEndpointKind } from '../../core/dialect/endpoint.ts';
import { isErrorBody } from '../../core/dialect/error-message.ts';
import {
  outcomeOfAnswer,
  outcomeOfStatus,
  outcomeOfWhole,
} from '../../core/dialect/outcome-rules.ts';
import { readWholeAnswer } from '../../core/dialect/whole-answer.ts';
import { GAP_OVERFLOW, GAP_UNIT_MS, type Outcome } from '../../core/metrics/request-columns.ts';
import { type BodyForm, bodyForm, type HeaderValue, retryAfterSeconds } from '../response-head.ts';
import type { SharedClock } from '../shared-clock.ts';
import { outcomeOfFailure } from '../transport-failure.ts';
import { type Lane, MAX_RESPONSE_BYTES } from './lanes.ts';
import type { OutputCount } from './output-count.ts';
import type { PreparedRequest } from './talk.ts';
import type { BodyReader } from './whole-chunks.ts';

export interface ExchangeContext {
  readonly clock: SharedClock;
  readonly tls: boolean;
  /** Who counts the tokens of an answer. */
  readonly outputCount: OutputCount;
  onSent(exchange: Exchange): void;
  /** Called once, when the outcome stands; `laneUsable` is whether the connection may serve again. */
  onEnded(exchange: Exchange, laneUsable: boolean): void;
}

export interface ExchangePlan {
  readonly scheduledMs: number;
  readonly part: number;
  readonly askedInputTokens: number;
  /** -1 when the length is not forced. */
  readonly askedOutputTokens: number;
}

/** Longest body that is no stream: an error message fits many times over. */
const MAX_BODY_BYTES = 65_536;
const OPENING_BRACE = 0x7b;
/** Gaps of a usual answer; grows by doubling up to one gap per chunk of the longest answer. */
const FIRST_GAPS = 128;

export class Exchange implements Dispatcher.DispatchHandler, BodyReader {
  readonly plan: ExchangePlan;
  readonly lane: Lane;
  readonly dispatchedMs: number;
  sentMs = Number.NaN;
  firstByteMs = Number.NaN;
  firstTokenMs = Number.NaN;
  lastTokenMs = Number.NaN;
  lastByteMs = Number.NaN;
  endMs = Number.NaN;
  outcome: Outcome = 'pending';
  httpStatus = 0;
  retryAfterS = -1;
  reused = false;
  gaps = new Uint16Array(FIRST_GAPS);
  gapCount = 0;
  /** The answer's words, where a later turn repeats them. */
  text = '';
  /** Tokens of the answer, once it has ended; undefined when nobody counts them. */
  outputTokens: number | undefined;
  readonly stream: AnswerStream;
  /** An answer in one piece: there is no stream of it. */
  readonly whole: { readonly endpoint: WholeEndpointKind; readonly documents: number } | undefined;
  #wholeAnswer: Answer | undefined;
  /** All words of the answer, where they are counted by us. */
  #counted = '';
  readonly #context: ExchangeContext;
  /** When the server said its last word: what the connection does later cannot spoil the answer. */
  #completeMs = Number.NaN;
  #form: BodyForm | 'ignored' = 'ignored';
  #body: Buffer[] = [];
  #bodyBytes = 0;

  constructor(context: ExchangeContext, request: PreparedRequest, scheduledMs: number, lane: Lane) {
    const { part, askedInputTokens, askedOutputTokens, endpoint, keepsText, documents } = request;
    this.#context = context;
    this.plan = { scheduledMs, part, askedInputTokens, askedOutputTokens };
    this.lane = lane;
    this.dispatchedMs = context.clock.nowMs();
    this.whole = isWhole(endpoint) ? { endpoint, documents } : undefined;
    const read = isWhole(endpoint) ? 'chat' : endpoint;
    this.stream =
      keepsText || context.outputCount.needsText
        ? createAnswerStream(read, (delta) => this.#onText(delta, keepsText), 'text')
        : createAnswerStream(read, () => this.#onContent(), 'kind');
  }

  get answer(): Answer {
    return this.#wholeAnswer ?? this.stream.answer;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.outcome !== 'pending') {
      controller.abort(new Error('ended before it was sent'));
      return;
    }
    this.sentMs = this.#context.clock.nowMs();
    this.reused = this.lane.served > 0;
    this.lane.served += 1;
    this.lane.body = undefined;
    this.#context.onSent(this);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, HeaderValue>>,
  ): void {
    if (status < 200 || this.outcome !== 'pending') return;
    this.firstByteMs = this.#context.clock.nowMs();
    this.lastByteMs = this.firstByteMs;
    this.lane.body = this;
    this.httpStatus = status;
    this.retryAfterS = retryAfterSeconds(headers['retry-after']);
    if (outcomeOfStatus(status) !== undefined) return;
    this.#form = bodyForm(headers);
    if (this.whole !== undefined && this.#form === 'stream') this.#form = 'body';
    if (this.#form === 'foreign') this.cut('malformed');
  }

  onResponseData(_controller: Dispatcher.DispatchController, piece: Buffer): void {
    this.stamp();
    this.lane.pieceEnd = piece.byteOffset + piece.length;
    this.take(piece, 0, piece.length);
  }

  get open(): boolean {
    return this.outcome === 'pending';
  }

  stamp(): void {
    this.lastByteMs = this.#context.clock.nowMs();
  }

  take(bytes: Buffer, start: number, end: number): void {
    if (this.outcome !== 'pending') return;
    if (this.#form === 'stream' && this.#bodyBytes === 0 && bytes[start] === OPENING_BRACE) {
      this.#form = 'body';
    }
    this.#bodyBytes += end - start;
    if (this.#form !== 'stream') this.#keepBody(bytes.subarray(start, end));
    else if (this.#bodyBytes > MAX_RESPONSE_BYTES) this.cut('malformed');
    else if (takePlainEvent(this.stream, bytes, start, end)) this.#onContent();
    else this.#push(bytes.subarray(start, end));
  }

  #push(piece: Buffer): void {
    this.stream.push(piece);
    const { answer } = this.stream;
    if (answer.malformed !== undefined) this.cut('malformed');
    else if (answer.sawEnd && Number.isNaN(this.#completeMs)) this.#completeMs = this.lastByteMs;
  }

  onResponseEnd(): void {
    this.lane.body = undefined;
    if (this.outcome !== 'pending') return;
    const status = outcomeOfStatus(this.httpStatus);
    // Before what the answer costs us to read.
    const nowMs = this.#context.clock.nowMs();
    if (this.#form === 'stream') this.stream.end();
    this.#end(status ?? this.#answerOutcome(), nowMs, true);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.outcome !== 'pending') return;
    this.#endEarly(
      outcomeOfFailure(error, {
        sent: !Number.isNaN(this.sentMs),
        answered: !Number.isNaN(this.firstByteMs),
        reused: this.reused,
        tls: this.#context.tls,
      }),
    );
  }

  /** Ends it from our side and closes its connection. */
  cut(outcome: Outcome): void {
    if (this.outcome === 'pending') this.#endEarly(outcome);
  }

  /** Without its HTTP end: a refusal by status stands, and so does an answer that had said its last word. */
  #endEarly(outcome: Outcome): void {
    const nowMs = this.#context.clock.nowMs();
    const status = this.httpStatus === 0 ? undefined : outcomeOfStatus(this.httpStatus);
    if (status !== undefined) this.#end(status, nowMs, false);
    else if (!Number.isNaN(this.#completeMs) && isComplete(this.stream.answer)) {
      this.#end(outcomeOfAnswer(this.stream.answer), this.#completeMs, false);
    } else if (this.stream.answer.errorMessage !== undefined)
      this.#end('stream_error', nowMs, false);
    else this.#end(outcome, nowMs, false);
  }

  #answerOutcome(): Outcome {
    if (this.#form === 'stream') return outcomeOfAnswer(this.stream.answer);
    if (this.whole !== undefined) {
      const { endpoint, documents } = this.whole;
      this.#wholeAnswer = readWholeAnswer(endpoint, Buffer.concat(this.#body), documents);
      return outcomeOfWhole(this.#wholeAnswer);
    }
    // One JSON object where a stream was asked: an error, or an answer without any moment to measure.
    return isErrorBody(Buffer.concat(this.#body).toString('utf8')) ? 'stream_error' : 'malformed';
  }

  #keepBody(piece: Buffer): void {
    const limit = this.whole === undefined ? MAX_BODY_BYTES : MAX_RESPONSE_BYTES;
    if (this.#bodyBytes > limit) this.cut('malformed');
    else if (this.#form === 'body') this.#body.push(Buffer.from(piece));
  }

  #end(outcome: Outcome, endMs: number, laneUsable: boolean): void {
    this.outcome = outcome;
    this.endMs = endMs;
    this.outputTokens = this.#context.outputCount.tokensOf(this.answer, this.#counted);
    this.#body = [];
    this.#counted = '';
    this.#context.onEnded(this, laneUsable);
  }

  #onText(delta: Delta, keeps: boolean): void {
    if (keeps && delta.kind === 'content') this.text += delta.text ?? '';
    if (this.#context.outputCount.needsText) this.#counted += delta.text ?? '';
    this.#onContent();
  }

  #onContent(): void {
    const nowMs = this.lastByteMs;
    if (Number.isNaN(this.firstTokenMs)) {
      this.firstTokenMs = nowMs;
    } else {
      if (this.gapCount === this.gaps.length) {
        const larger = new Uint16Array(this.gapCount * 2);
        larger.set(this.gaps);
        this.gaps = larger;
      }
      const units = Math.round((nowMs - this.lastTokenMs) / GAP_UNIT_MS);
      this.gaps[this.gapCount++] = Math.min(units, GAP_OVERFLOW);
    }
    this.lastTokenMs = nowMs;
  }
}
