import type { EpochMillis } from '../../../base/clock';
import { GlobSet } from '../../../base/globs';
import type { Counter, Telemetry } from '../../../base/telemetry';
import type { AttributeValue, Attributes } from '../../../domain/attributes';
import { attributeToText } from '../../../domain/attributes';
import { CONTENT_EVENTS, CONTENT_KEYS, CREDENTIAL_KEYS, IDENTITY_KEYS } from '../../../domain/content-keys';
import { keepDoubles } from '../../../domain/doubles';
import type { LogRecord } from '../../../domain/log-record';
import type { ResourceMetrics } from '../../../domain/metric-point';
import type { InstrumentationScope, Resource } from '../../../domain/resource';
import type { Span, SpanEvent } from '../../../domain/span';
import { unanchoredRegex } from '../../../domain/unanchored-regex';
import type { UnanchoredRegex } from '../../../domain/unanchored-regex';
import type { RedactionConfig } from '../../ingest.config';
import { Pseudonyms } from '../../pseudonyms';
import type { MarkerText } from '../../text-finder';
import type { IngestStage, StageContext } from '../stage';
import { maskInPieces } from './long-texts';
import { redactMetrics } from './redact-metrics';
import { maskSecrets, MASK_START, SECRET_DETECTORS } from './secrets';
import { mapUnchanged } from './unchanged';

/** What one rule took out since the start. */
export interface RedactionCount {
  readonly rule: string;
  readonly count: number;
  readonly lastAt: EpochMillis;
  /** A key it acted on; never a value. */
  readonly exampleKey: string;
}

type KeyRule = 'keep' | 'content' | 'identity' | 'credential' | 'drop-key' | 'mask-key' | undefined;

/**
 * The choke point: everything that is stored passes here. Content is removed unless it is switched on, credentials are
 * masked, identities become pseudonyms. What it cannot do it throws, and the request is refused.
 */
export class RedactStage implements IngestStage {
  readonly name = 'redact';
  readonly markers?: readonly string[];
  readonly markerTexts?: readonly MarkerText[];
  private readonly keep: GlobSet;
  private readonly content: GlobSet;
  private readonly contentEvents = new GlobSet(CONTENT_EVENTS);
  private readonly identities: GlobSet;
  private readonly credentials: GlobSet;
  private readonly drop: GlobSet;
  private readonly mask: GlobSet;
  private readonly patterns: readonly UnanchoredRegex[];
  private readonly counts = new Map<string, { count: number; lastAt: number; exampleKey: string; counter: Counter }>();
  private readonly resources = new WeakMap<Resource, Resource>();
  private readonly scopes = new WeakMap<InstrumentationScope, InstrumentationScope>();
  private readonly rules = new Map<string, KeyRule>();
  /** Long texts of the records being redacted, masked before. */
  private maskedAhead: ReadonlyMap<string, string> | undefined;
  private at: EpochMillis = 0;

  /** @param pseudonyms names for people; absent: names that are forgotten with the process. */
  constructor(
    private readonly config: RedactionConfig,
    private readonly telemetry: Telemetry,
    private readonly pseudonyms: Pseudonyms = new Pseudonyms(),
  ) {
    const dropContent = config.content === 'drop';
    const identityKeys = config.identities === 'keep' ? [] : IDENTITY_KEYS;
    this.keep = new GlobSet(config.keepKeys);
    this.content = new GlobSet(dropContent ? CONTENT_KEYS : []);
    this.identities = new GlobSet(identityKeys);
    this.credentials = new GlobSet(config.secrets ? CREDENTIAL_KEYS : []);
    this.drop = new GlobSet(config.dropKeys);
    this.mask = new GlobSet(config.maskKeys);
    this.patterns = config.maskPatterns.map(unanchoredRegex);
    if (this.patterns.length > 0) return;
    this.markers = dropContent ? ['gen_ai.'] : [];
    this.markerTexts = config.secrets ? SECRET_DETECTORS.flatMap(({ hints }) => hints) : [];
  }

  wantsKey(key: string): boolean {
    const rule = this.ruleFor(key);
    return rule !== undefined && rule !== 'keep';
  }

  traces(spans: readonly Span[], context: StageContext): readonly Span[] | Promise<readonly Span[]> {
    return this.withLongTexts(spans.flatMap(partsOfSpan), context, () => {
      this.at = context.at;
      return spans.map((span) => this.span(span));
    });
  }

  logs(records: readonly LogRecord[], context: StageContext): readonly LogRecord[] | Promise<readonly LogRecord[]> {
    return this.withLongTexts(records.flatMap(partsOfRecord), context, () => {
      this.at = context.at;
      return records.map((record) => this.record(record));
    });
  }

  metrics(metrics: readonly ResourceMetrics[], at: EpochMillis): readonly ResourceMetrics[] {
    this.at = at;
    return mapUnchanged(metrics, (one) => redactMetrics(one, (attributes) => this.attributes(attributes)));
  }

  /** What was taken out since the start, by rule. */
  audit(): RedactionCount[] {
    return [...this.counts].map(([rule, { count, lastAt, exampleKey }]) => ({ rule, count, lastAt, exampleKey }));
  }

  /** Attributes after all rules; the same object when no rule applies. */
  attributes(attributes: Attributes): Attributes {
    const keys = Object.keys(attributes);
    let result: Record<string, AttributeValue> | undefined;
    for (const [index, key] of keys.entries()) {
      const value = attributes[key] ?? null;
      const replaced = this.attribute(key, value);
      if (replaced !== value && result === undefined) {
        result = {};
        for (const before of keys.slice(0, index)) put(result, before, attributes[before] ?? null);
      }
      if (result !== undefined && replaced !== undefined) put(result, key, replaced);
    }
    return result === undefined ? attributes : keepDoubles(attributes, result);
  }

  /** Masks the texts first, in pieces, where they are long together; then does what is left at once. */
  private withLongTexts<T>(
    parts: readonly (readonly [string, AttributeValue])[],
    { pause }: StageContext,
    redact: () => T,
  ): T | Promise<T> {
    if (pause === undefined || !this.config.secrets) return redact();
    const texts = new Map<string, string>();
    let length = 0;
    const collect = (key: string, value: AttributeValue): void => {
      if (typeof value === 'string') {
        if (value.length < 8 || texts.has(value)) return;
        texts.set(value, key);
        length += value.length;
      } else if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
      else if (isList(value)) for (const item of value) collect(key, item);
      else
        for (const inner of Object.keys(value))
          if (this.ruleFor(inner) === undefined) collect(inner, value[inner] ?? null);
    };
    for (const [key, value] of parts) collect(key, value);
    if (length <= SHORT) return redact();
    return this.maskAhead(texts, pause).then((masked) => {
      this.maskedAhead = masked;
      try {
        return redact();
      } finally {
        this.maskedAhead = undefined;
      }
    });
  }

  private async maskAhead(
    texts: ReadonlyMap<string, string>,
    pause: () => Promise<void>,
  ): Promise<Map<string, string>> {
    const masked = new Map<string, string>();
    let since = 0;
    for (const [text, key] of texts) {
      const onFound = (name: string): void => this.count(name, key);
      if (text.length > SHORT) masked.set(text, await maskInPieces(text, onFound, pause));
      else masked.set(text, maskSecrets(text, onFound));
      if ((since += text.length) < SHORT) continue;
      since = 0;
      await pause();
    }
    return masked;
  }

  private span(span: Span): Span {
    const attributes = this.attributes(span.attributes);
    const events = mapUnchanged(span.events, (event) => this.event(event));
    const links = mapUnchanged(span.links, (link) => {
      const linked = this.attributes(link.attributes);
      return linked === link.attributes ? link : { ...link, attributes: linked };
    });
    const name = this.text('name', span.name);
    const message = this.text('status', span.status.message);
    const resource = this.envelope(this.resources, span.resource);
    const scope = this.envelope(this.scopes, span.scope);
    const same =
      attributes === span.attributes &&
      events === span.events &&
      links === span.links &&
      name === span.name &&
      message === span.status.message &&
      resource === span.resource &&
      scope === span.scope;
    if (same) return span;
    return { ...span, name, attributes, events, links, status: { ...span.status, message }, resource, scope };
  }

  /** A resource or scope, redacted once for all its records. */
  private envelope<T extends { readonly attributes: Attributes }>(done: WeakMap<T, T>, from: T): T {
    let to = done.get(from);
    if (to === undefined) {
      const attributes = this.attributes(from.attributes);
      done.set(from, (to = attributes === from.attributes ? from : { ...from, attributes }));
    }
    return to;
  }

  private event(event: SpanEvent): SpanEvent {
    const attributes = this.attributes(event.attributes);
    const name = this.text('event', event.name);
    return attributes === event.attributes && name === event.name ? event : { ...event, name, attributes };
  }

  private record(record: LogRecord): LogRecord {
    const attributes = this.attributes(record.attributes);
    const resource = this.envelope(this.resources, record.resource);
    const scope = this.envelope(this.scopes, record.scope);
    const body = this.body(record);
    const same =
      attributes === record.attributes &&
      resource === record.resource &&
      scope === record.scope &&
      body === record.body;
    return same ? record : { ...record, attributes, resource, scope, body };
  }

  private body(record: LogRecord): AttributeValue {
    const { body, eventName, attributes } = record;
    if (body === null) return null;
    const named = attributes['event.name'];
    const event = eventName !== '' ? eventName : typeof named === 'string' ? named : '';
    if (this.config.content === 'drop' && this.contentEvents.has(event)) {
      this.count('content', `body of ${event}`);
      return null;
    }
    return this.value('body', body);
  }

  private attribute(key: string, value: AttributeValue): AttributeValue | undefined {
    switch (this.ruleFor(key)) {
      case 'keep':
        return value;
      case 'content':
        this.count('content', key);
        return undefined;
      case 'drop-key':
        this.count('drop-key', key);
        return undefined;
      case 'identity':
        return this.identity(key, value);
      case 'credential':
        if (value === '' || isMasked(value)) return value;
        this.count('credential', key);
        return `${MASK_START}credential]`;
      case 'mask-key':
        if (isMasked(value)) return value;
        this.count('mask-key', key);
        return `${MASK_START}key]`;
      case undefined:
        return this.value(key, value);
    }
  }

  private ruleFor(key: string): KeyRule {
    let rule = this.rules.get(key);
    if (rule === undefined && !this.rules.has(key)) {
      rule = this.findRule(key);
      // Keys are few; a flood of made-up ones is not remembered.
      if (this.rules.size < 10_000 && key.length < 200) this.rules.set(key, rule);
    }
    return rule;
  }

  private findRule(key: string): KeyRule {
    if (this.keep.has(key)) return 'keep';
    if (this.drop.has(key)) return 'drop-key';
    if (this.content.has(key)) return 'content';
    if (this.mask.has(key)) return 'mask-key';
    if (this.credentials.has(key)) return 'credential';
    return this.identities.has(key) ? 'identity' : undefined;
  }

  private identity(key: string, value: AttributeValue): AttributeValue | undefined {
    const text = attributeToText(value);
    const name = this.pseudonyms.of(text);
    if (name === text) return value;
    this.count('identity', key);
    return this.config.identities === 'drop' ? undefined : name;
  }

  private value(key: string, value: AttributeValue): AttributeValue {
    if (typeof value === 'string') return this.text(key, value);
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
    if (isList(value)) return mapUnchanged(value, (item) => this.value(key, item));
    return this.attributes(value);
  }

  private text(key: string, text: string): string {
    let result = text;
    if (this.config.secrets && text.length >= 8)
      result = this.maskedAhead?.get(text) ?? maskSecrets(text, (name) => this.count(name, key));
    for (const pattern of this.patterns) {
      const masked = pattern.replaceAll(result, `${MASK_START}pattern]`);
      if (masked !== result) this.count('mask-pattern', key);
      result = masked;
    }
    return result;
  }

  private count(rule: string, key: string): void {
    let entry = this.counts.get(rule);
    if (!entry) {
      const help = 'Values removed or masked before storing, by rule.';
      const counter = this.telemetry.counter('telltale_ingest_redactions_total', help, { rule });
      this.counts.set(rule, (entry = { count: 0, lastAt: 0, exampleKey: '', counter }));
    }
    entry.count++;
    entry.lastAt = this.at;
    entry.exampleKey = key.slice(0, 100);
    entry.counter.add();
  }
}

/** Texts of so many characters together are masked at once. */
const SHORT = 32_768;

/** A span's attributes and texts that are looked through, by the key they are counted under. */
function partsOfSpan(span: Span): (readonly [string, AttributeValue])[] {
  return [
    ['span', span.attributes],
    ['name', span.name],
    ['status', span.status.message],
    ...span.events.flatMap(({ name, attributes }) => [['event', name] as const, ['event', attributes] as const]),
    ...span.links.map(({ attributes }) => ['link', attributes] as const),
  ];
}

function partsOfRecord({ attributes, body }: LogRecord): (readonly [string, AttributeValue])[] {
  return [
    ['record', attributes],
    ['body', body],
  ];
}

/** Sets a key, whatever its name. */
function put(into: Record<string, AttributeValue>, key: string, value: AttributeValue): void {
  if (key === '__proto__')
    Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
  else into[key] = value;
}

function isMasked(value: AttributeValue): boolean {
  return typeof value === 'string' && value.startsWith(MASK_START);
}

function isList(value: object): value is readonly AttributeValue[] {
  return Array.isArray(value);
}
