import type { EpochMillis, Millis } from '../../base/clock';
import { providerOfModel, toProviderName } from '../../domain/gen-ai';
import type { ActivityKind, CallOutcome, LedgerRow, LedgerSource, SessionActivity } from '../../domain/ledger';
import { authorityOf } from '../../domain/ledger';
import type { LogRecord } from '../../domain/log-record';
import { serviceNameOf } from '../../domain/resource';
import { durationNano } from '../../domain/span';
import type { Span } from '../../domain/span';
import { completeUsage } from '../../domain/usage';
import type { UsageCounts } from '../../domain/usage';
import type { AttributeReader } from './attribute-reader';

/** What a dialect understood of one span or log record. */
export interface Reading {
  readonly calls?: readonly LedgerRow[];
  readonly activities?: readonly SessionActivity[];
}

/** Nothing. */
export const NOTHING: Reading = {};

/** How one kind of emitter writes; the first dialect of the list that owns a record reads it. */
export interface Dialect {
  /** kebab-case; the `emitter` of ledger rows. */
  readonly name: string;
  /** One line. */
  readonly doc: string;
  /** Texts of which at least one occurs in every record the dialect may own. */
  readonly markers: readonly string[];
  /** Whether the emitter exports the GenAI metrics itself: then the ledger does not make them a second time. */
  readonly exportsMetrics?: boolean;
  ownsSpan?(span: Span): boolean;
  ownsLog?(record: LogRecord): boolean;
  readSpan?(span: Span, read: AttributeReader): Reading;
  readLog?(record: LogRecord, read: AttributeReader): Reading;
}

/** What a dialect says of a call; everything it leaves out is unknown. */
export interface CallFields {
  readonly id?: string;
  readonly aliases?: readonly string[];
  readonly at: EpochMillis;
  readonly source: LedgerSource;
  readonly authority?: number;
  readonly session?: string;
  readonly turn?: string;
  readonly agent?: string;
  readonly agentId?: string;
  readonly user?: string;
  readonly repository?: string;
  readonly branch?: string;
  readonly service: string;
  readonly operation?: string;
  readonly provider?: string;
  readonly requestModel?: string;
  readonly responseModel?: string;
  readonly usage: UsageCounts;
  readonly reportedCostUsd?: number | undefined;
  readonly tier?: string;
  readonly latencyMs?: Millis | undefined;
  readonly timeToFirstTokenMs?: Millis | undefined;
  readonly outcome?: CallOutcome;
  readonly errorType?: string;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly problems?: readonly string[];
}

/** A ledger row from what a dialect says; the identity is completed and checked here, for all dialects alike. */
export function toCall(emitter: string, fields: CallFields, read: AttributeReader): LedgerRow {
  const { usage, problems } = completeUsage(fields.usage);
  const model = fields.responseModel || fields.requestModel || '';
  const provider = toProviderName(fields.provider ?? '') || (providerOfModel(model) ?? '');
  const aliases = [...new Set(fields.aliases ?? [])].filter((alias) => !/:$/.test(alias));
  const own =
    fields.spanId === undefined || fields.spanId === '' ? undefined : `span:${fields.traceId}/${fields.spanId}`;
  const id =
    fields.id ?? aliases[0] ?? own ?? `${emitter}:${fields.session}:${fields.at}:${model}:${usage.output ?? ''}`;
  return {
    id,
    aliases: [...aliases, ...(own === undefined || fields.source !== 'span' ? [] : [own])].filter(
      (alias) => alias !== id,
    ),
    at: fields.at,
    session: fields.session ?? '',
    turn: fields.turn ?? '',
    agent: fields.agent ?? '',
    agentId: fields.agentId ?? '',
    user: fields.user ?? '',
    repository: fields.repository ?? '',
    branch: fields.branch ?? '',
    emitter,
    service: fields.service,
    operation: fields.operation ?? 'chat',
    provider,
    requestModel: fields.requestModel ?? '',
    responseModel: fields.responseModel ?? '',
    usage,
    ...(fields.reportedCostUsd === undefined ? {} : { reportedCostUsd: fields.reportedCostUsd }),
    tier: fields.tier ?? '',
    ...(fields.latencyMs === undefined ? {} : { latencyMs: fields.latencyMs }),
    ...(fields.timeToFirstTokenMs === undefined ? {} : { timeToFirstTokenMs: fields.timeToFirstTokenMs }),
    outcome: fields.outcome ?? 'ok',
    errorType: fields.errorType ?? '',
    traceId: fields.traceId ?? '',
    spanId: fields.spanId ?? '',
    source: fields.source,
    authority: fields.authority ?? authorityOf(fields.source),
    sources: [fields.source],
    provenance: { ...read.provenance },
    discrepancies: [...problems, ...(fields.problems ?? [])],
    superseded: false,
  };
}

/** What a dialect says of an activity. */
export interface ActivityFields {
  readonly id: string;
  readonly kind: ActivityKind;
  readonly session: string;
  readonly at: EpochMillis;
  readonly source: LedgerSource;
  readonly name?: string;
  readonly turn?: string;
  readonly agentId?: string;
  readonly durationMs?: Millis | undefined;
  readonly waitMs?: Millis | undefined;
  readonly ok?: boolean | undefined;
  readonly errorType?: string;
  readonly traceId?: string;
  readonly spanId?: string;
}

/** An activity from what a dialect says. */
export function toActivity(emitter: string, fields: ActivityFields): SessionActivity {
  return {
    id: fields.id,
    kind: fields.kind,
    session: fields.session,
    turn: fields.turn ?? '',
    agentId: fields.agentId ?? '',
    name: fields.name ?? '',
    at: fields.at,
    ...(fields.durationMs === undefined ? {} : { durationMs: fields.durationMs }),
    ...(fields.waitMs === undefined ? {} : { waitMs: fields.waitMs }),
    ...(fields.ok === undefined ? {} : { ok: fields.ok }),
    errorType: fields.errorType ?? '',
    emitter,
    sources: [fields.source],
    traceId: fields.traceId ?? '',
    spanId: fields.spanId ?? '',
  };
}

/** What every span says of itself: its place, time, service and outcome. */
export function spanFacts(span: Span): {
  at: EpochMillis;
  latencyMs: Millis;
  service: string;
  traceId: string;
  spanId: string;
  source: 'span';
} {
  return {
    at: toMillis(span.startUnixNano),
    latencyMs: Number(durationNano(span)) / 1e6,
    service: serviceNameOf(span.resource),
    traceId: span.traceId,
    spanId: span.spanId,
    source: 'span',
  };
}

/** When a log record's event ended; the collector's time when the emitter gave none. */
export function logMillis(record: LogRecord): EpochMillis {
  return toMillis(record.timeUnixNano === 0n ? record.observedUnixNano : record.timeUnixNano);
}

/** Name of an event without its emitter's prefix, from wherever emitters put it: event name, attribute or body. */
export function eventNameOf(record: LogRecord, prefix: string): string {
  const attribute = record.attributes['event.name'];
  const name =
    record.eventName !== ''
      ? record.eventName
      : typeof attribute === 'string' && attribute !== ''
        ? attribute
        : typeof record.body === 'string'
          ? record.body
          : '';
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

function toMillis(nano: bigint): EpochMillis {
  return Number(nano / 1_000_000n) + Number(nano % 1_000_000n) / 1e6;
}

/** A span's outcome and error type. */
export function outcomeOf(span: Span, read: AttributeReader): { outcome: CallOutcome; errorType: string } {
  const errorType = read.text('errorType', 'error.type', 'error', 'exception.type');
  const failed = span.status.code === 'error' || (errorType !== '' && errorType !== 'false');
  if (!failed) return { outcome: 'ok', errorType: '' };
  return {
    outcome: /abort|cancel/i.test(`${errorType} ${span.status.message}`) ? 'cancelled' : 'error',
    errorType: errorType === 'true' || errorType === '' ? '_OTHER' : errorType.slice(0, 120),
  };
}
