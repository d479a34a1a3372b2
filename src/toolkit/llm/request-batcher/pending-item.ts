import type { Attributes, Link, Span } from '@opentelemetry/api';
import type { Millis } from '../../../base/clock';
import type { BatchItem } from './types';
import type { Queued } from './fair-queue';

/** What the caller of an item gets to know; each at most once but `chunk`. */
export interface Callbacks<O, C> {
  resolve(value: O): void;
  reject(error: unknown): void;
  chunk(chunk: C): void;
}

/** What an item is made of. */
export interface ItemParts<I, O, C> {
  readonly input: I;
  readonly client: string;
  readonly priority: number;
  readonly group: string;
  readonly tokens: number;
  readonly wantedOutput: number | undefined;
  readonly submittedAt: Millis;
  readonly callbacks: Callbacks<O, C>;
  /** The span of whoever submitted it. */
  readonly span: Span | undefined;
  readonly onCharge: (tokens: number) => void;
}

/** One request from submission to its single answer. */
export class PendingItem<I, O, C> implements BatchItem<I, C>, Queued {
  readonly client: string;
  readonly priority: number;
  readonly group: string;
  readonly tokens: number;
  readonly submittedAt: Millis;
  readonly wantedOutput: number | undefined;
  enqueuedAt: Millis;
  input: I;
  gone = false;
  attempt = 0;
  outputTokens: number | undefined;
  /** Told when its caller leaves while it is in a batch. */
  onLeave: (() => void) | undefined;
  private abort: AbortController | undefined;
  private leftFor: { readonly reason: unknown } | undefined;
  private settled = false;

  constructor(private readonly parts: ItemParts<I, O, C>) {
    this.input = parts.input;
    this.client = parts.client;
    this.priority = parts.priority;
    this.group = parts.group;
    this.tokens = parts.tokens;
    this.wantedOutput = parts.wantedOutput;
    this.submittedAt = parts.submittedAt;
    this.enqueuedAt = parts.submittedAt;
  }

  /** Made when it is first asked for: most executors look at their batch's signal only, and one costs microseconds. */
  get signal(): AbortSignal {
    if (this.abort === undefined) {
      this.abort = new AbortController();
      if (this.leftFor !== undefined) this.abort.abort(this.leftFor.reason);
    }
    return this.abort.signal;
  }

  get isSettled(): boolean {
    return this.settled;
  }

  /** Links a batch to whoever asked. */
  get link(): Link | undefined {
    return this.parts.span === undefined ? undefined : { context: this.parts.span.spanContext() };
  }

  /** Tells the asking span what became of its item. */
  tell(event: string, attributes: Attributes): void {
    if (this.parts.span?.isRecording()) this.parts.span.addEvent(event, attributes);
  }

  emit(chunk: C): void {
    if (!this.settled) this.parts.callbacks.chunk(chunk);
  }

  charge(tokens: number): void {
    if (Number.isFinite(tokens)) this.parts.onCharge(tokens);
  }

  /** False when it had its answer before. */
  succeed(value: O): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.parts.callbacks.resolve(value);
    return true;
  }

  /** False when it had its answer before. */
  fail(error: unknown): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.parts.callbacks.reject(error);
    return true;
  }

  /** Its caller no longer wants it. */
  cancel(reason: unknown): void {
    if (!this.fail(reason)) return;
    this.leftFor = { reason };
    this.abort?.abort(reason);
    this.onLeave?.();
  }
}
