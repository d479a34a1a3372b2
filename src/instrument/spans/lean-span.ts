import { SpanStatusCode, diag } from '@opentelemetry/api';
import { toHrTime } from './wall';
import type { SdkParts } from './sdk-parts';
import type { Clock, EpochMillis, Millis } from '../../base/clock';
import type {
  AttributeValue,
  Attributes,
  Exception,
  HrTime,
  Link,
  Span,
  SpanContext,
  SpanKind,
  SpanStatus,
  TimeInput,
} from '@opentelemetry/api';
import type { ReadableSpan, TimedEvent } from '@opentelemetry/sdk-trace-base';

const UNSET: SpanStatus = { code: SpanStatusCode.UNSET };

/**
 * A span that the SDK's processors and exporters take as their own, made and ended at a fraction of the cost: times
 * are kept as numbers and turned into pairs when read.
 */
export class LeanSpan implements Span, ReadableSpan {
  readonly parentSpanContext?: SpanContext;
  status: SpanStatus = UNSET;
  droppedAttributesCount = 0;
  droppedEventsCount = 0;
  droppedLinksCount = 0;
  private endedAt = -1;
  private happened: TimedEvent[] | undefined;
  private ownLinks: Link[] | undefined;

  /**
   * @param epoch the start, in epoch milliseconds; `startedAt` is the same by the clock's `elapsed()`.
   * @param shared whether others have the same attributes: then they are copied before the first change.
   */
  constructor(
    private readonly parts: SdkParts,
    private readonly clock: Clock,
    private readonly epoch: EpochMillis,
    private readonly startedAt: Millis,
    private readonly ownContext: SpanContext,
    parent: SpanContext | undefined,
    public name: string,
    readonly kind: SpanKind,
    public attributes: Attributes,
    private shared: boolean,
    private readonly givenLinks: readonly Link[],
  ) {
    if (parent !== undefined) this.parentSpanContext = parent;
    if (parts.limitsAreTight) this.applyLimits();
  }

  /** Brings what the span starts with within the limits. */
  private applyLimits(): void {
    const given = this.attributes;
    this.attributes = {};
    this.shared = false;
    this.setAttributes(given);
    const limit = this.parts.limits.linkCountLimit ?? 128;
    this.ownLinks = this.givenLinks.slice(0, limit).map((link) => this.limitedLink(link));
    this.droppedLinksCount = Math.max(0, this.givenLinks.length - limit);
  }

  private limitedLink(link: Link): Link {
    const { attributes, dropped } = this.limitedSet(link.attributes, this.parts.limits.attributePerLinkCountLimit);
    return { context: link.context, attributes, droppedAttributesCount: dropped };
  }

  /** The attributes of an event or link within the limits. */
  private limitedSet(
    given: Attributes | undefined,
    limit: number | undefined,
  ): { attributes: Attributes; dropped: number } {
    const attributes: Attributes = {};
    let left = limit ?? 128;
    let dropped = 0;
    for (const [key, value] of Object.entries(given ?? {})) {
      if (value === undefined || value === null) continue;
      if (left-- > 0) attributes[key] = this.limited(value);
      else dropped++;
    }
    return { attributes, dropped };
  }

  get events(): TimedEvent[] {
    return (this.happened ??= []);
  }

  get links(): Link[] {
    return (this.ownLinks ??= [...this.givenLinks]);
  }

  get startTime(): HrTime {
    return toHrTime(this.epoch);
  }

  get endTime(): HrTime {
    return this.endedAt < 0 ? [0, 0] : toHrTime(this.epoch + (this.endedAt - this.startedAt));
  }

  get duration(): HrTime {
    return this.endedAt < 0 ? [-1, -1] : toHrTime(this.endedAt - this.startedAt);
  }

  get ended(): boolean {
    return this.endedAt >= 0;
  }

  get resource(): ReadableSpan['resource'] {
    return this.parts.resource;
  }

  get instrumentationScope(): ReadableSpan['instrumentationScope'] {
    return this.parts.scope;
  }

  spanContext(): SpanContext {
    return this.ownContext;
  }

  isRecording(): boolean {
    return this.endedAt < 0;
  }

  setAttribute(key: string, value: AttributeValue | undefined): this {
    if (this.endedAt >= 0 || value === undefined || value === null || key === '') return this;
    if (this.shared) {
      this.attributes = { ...this.attributes };
      this.shared = false;
    }
    if (this.attributes[key] === undefined && this.isFull()) {
      this.droppedAttributesCount++;
      return this;
    }
    this.attributes[key] = this.limited(value);
    return this;
  }

  setAttributes(attributes: Attributes): this {
    for (const key in attributes) this.setAttribute(key, attributes[key]);
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (this.endedAt >= 0) return this;
    const limit = this.parts.limits.eventCountLimit ?? 128;
    if (limit === 0) {
      this.droppedEventsCount++;
      return this;
    }
    if (this.events.length >= limit) {
      this.events.shift();
      this.droppedEventsCount++;
    }
    const isTime = isTimeInput(attributesOrTime);
    const { attributes, dropped } = this.limitedSet(
      isTime ? undefined : attributesOrTime,
      this.parts.limits.attributePerEventCountLimit,
    );
    this.events.push({
      name,
      attributes,
      time: this.toTime(isTime ? attributesOrTime : time),
      droppedAttributesCount: dropped,
    });
    return this;
  }

  addLink(link: Link): this {
    if (this.endedAt >= 0) return this;
    if (this.links.length >= (this.parts.limits.linkCountLimit ?? 128)) this.droppedLinksCount++;
    else this.links.push(this.limitedLink(link));
    return this;
  }

  addLinks(links: Link[]): this {
    for (const link of links) this.addLink(link);
    return this;
  }

  setStatus(status: SpanStatus): this {
    if (this.endedAt >= 0 || status.code === SpanStatusCode.UNSET || this.status.code === SpanStatusCode.OK)
      return this;
    const message = status.code === SpanStatusCode.ERROR ? status.message : undefined;
    this.status = message === undefined ? { code: status.code } : { code: status.code, message };
    return this;
  }

  updateName(name: string): this {
    if (this.endedAt < 0) this.name = name;
    return this;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    const attributes: Attributes = {};
    if (typeof exception === 'string') attributes['exception.message'] = exception;
    else {
      const type = exception.code ?? exception.name;
      if (type !== undefined) attributes['exception.type'] = String(type);
      if (exception.message !== undefined) attributes['exception.message'] = exception.message;
      if (exception.stack !== undefined) attributes['exception.stacktrace'] = exception.stack;
    }
    this.addEvent('exception', attributes, time);
  }

  end(endTime?: TimeInput): void {
    if (endTime === undefined) this.endAt(this.clock.elapsed());
    else this.endAt(this.startedAt + Math.max(0, hrToMillis(this.toTime(endTime)) - this.epoch));
  }

  /** Ends at that reading of the clock's `elapsed()`. */
  endAt(elapsed: Millis): void {
    if (this.endedAt >= 0) {
      diag.error(`span ${this.name} was ended twice`);
      return;
    }
    const { processor } = this.parts;
    processor.onEnding?.(this);
    this.endedAt = Math.max(elapsed, this.startedAt, 0);
    processor.onEnd(this);
  }

  private isFull(): boolean {
    let count = 0;
    for (const _key in this.attributes) count++;
    return count >= (this.parts.limits.attributeCountLimit ?? 128);
  }

  private limited(value: AttributeValue): AttributeValue {
    const given = this.parts.limits.attributeValueLengthLimit ?? Infinity;
    // As in the SDK, a limit that is no length is none.
    const limit = given > 0 ? given : Infinity;
    if (typeof value === 'string') return value.length > limit ? value.slice(0, limit) : value;
    if (limit === Infinity || !Array.isArray(value)) return value;
    const items: readonly unknown[] = value;
    return items.every((item): item is string => typeof item === 'string')
      ? items.map((item) => item.slice(0, limit))
      : value;
  }

  private toTime(input: TimeInput | undefined): HrTime {
    if (input === undefined) {
      return toHrTime(this.epoch + (this.clock.elapsed() - this.startedAt));
    }
    if (Array.isArray(input)) return input;
    if (input instanceof Date) return toHrTime(input.getTime());
    // As in the SDK: a number no larger than the monotonic clock is a reading of it.
    return toHrTime(input <= this.clock.elapsed() ? input + this.epoch - this.startedAt : input);
  }
}

function isTimeInput(value: unknown): value is TimeInput {
  return typeof value === 'number' || value instanceof Date || (Array.isArray(value) && typeof value[0] === 'number');
}

function hrToMillis([seconds, nanos]: HrTime): number {
  return seconds * 1_000 + nanos / 1e6;
}
