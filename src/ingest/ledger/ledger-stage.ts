import type { Clock, EpochMillis } from '../../base/clock';
import type { Counter, Telemetry } from '../../base/telemetry';
import { attributeToText } from '../../domain/attributes';
import { keepDoubles } from '../../domain/doubles';
import { GEN_AI, TELLTALE } from '../../domain/gen-ai';
import type { LedgerRow, SessionActivity } from '../../domain/ledger';
import type { LogRecord } from '../../domain/log-record';
import type { Resource } from '../../domain/resource';
import type { Span } from '../../domain/span';
import type { PriceList } from '../../pricing';
import type { LedgerWriter } from '../../storage';
import { AttributeReader, dialects } from '../dialects';
import type { Dialect, Reading } from '../dialects';
import { Pseudonyms } from '../pseudonyms';
import type { IngestStage, StageContext } from '../stages/stage';
import type { ConformanceReport } from './conformance';
import type { LedgerMetrics } from './ledger-metrics';
import { priceRow } from './price-row';
import { TraceSessions } from './trace-sessions';

/** Sees what was read of each request: synthesised traces are made from it. */
export interface ReadingListener {
  onSpan(span: Span, reading: Reading): void;
  onLog(record: LogRecord, emitter: string, reading: Reading): void;
}

/** What the ledger stage is made of. */
export interface LedgerStageParts {
  readonly ledger: LedgerWriter;
  readonly prices: PriceList;
  readonly metrics: LedgerMetrics;
  readonly conformance: ConformanceReport;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly listener?: ReadingListener;
  /** Names for users; absent: names that are forgotten with the process. */
  readonly pseudonyms?: Pseudonyms;
}

/**
 * Reads every span and log record with the dialect of its emitter, writes what it tells of model calls and activities to
 * the ledger before the request is acknowledged, and gives spans the canonical attributes their dialect lacks.
 */
export class LedgerStage implements IngestStage {
  readonly name = 'ledger';
  /** Spans that name a session are wanted even from services no dialect knows: they name it for their whole trace. */
  readonly markers = [...new Set([...SESSION_KEYS, ...[...dialects].flatMap((dialect) => dialect.markers)])];
  private readonly sessions = new TraceSessions();
  private readonly pseudonyms: Pseudonyms;
  private readonly rowsRead: Counter;
  private readonly discrepancies: Counter;

  constructor(private readonly parts: LedgerStageParts) {
    const { telemetry, pseudonyms = new Pseudonyms() } = parts;
    this.pseudonyms = pseudonyms;
    this.rowsRead = telemetry.counter(
      'telltale_ledger_readings_total',
      'Readings of model calls taken into the ledger.',
    );
    this.discrepancies = telemetry.counter(
      'telltale_ledger_discrepancies_total',
      'Figures of model calls that did not add up or that signals disagree on.',
    );
    telemetry.observedGauge(
      'telltale_ledger_refused_series',
      'Label sets of ledger metrics refused for lack of room.',
      () => parts.metrics.refused,
    );
  }

  traces(spans: readonly Span[], context: StageContext): readonly Span[] {
    const rows: LedgerRow[] = [];
    const activities: SessionActivity[] = [];
    const enriched = spans.map((span) => {
      this.learn(span, rows);
      const dialect = this.find((known) => known.ownsSpan?.(span) === true);
      if (dialect?.readSpan === undefined) return span;
      const read = new AttributeReader([span.attributes, span.resource.attributes]);
      const reading = this.named(dialect.readSpan(span, read));
      this.parts.conformance.add(dialect.name, versionOf(span.resource), read.findings);
      this.parts.listener?.onSpan(span, reading);
      const calls = (reading.calls ?? []).map((row) => priceRow(this.sessions.fill(row), this.parts.prices));
      rows.push(...calls);
      activities.push(...this.withSession(reading.activities ?? []));
      return enrich(span, dialect, calls[0]);
    });
    this.commit(rows, activities, context);
    return enriched;
  }

  logs(records: readonly LogRecord[], context: StageContext): readonly LogRecord[] {
    const rows: LedgerRow[] = [];
    const activities: SessionActivity[] = [];
    for (const record of records) {
      const dialect = this.find((known) => known.ownsLog?.(record) === true);
      if (dialect?.readLog === undefined) continue;
      const read = new AttributeReader([record.attributes, record.resource.attributes]);
      const reading = this.named(dialect.readLog(record, read));
      this.parts.conformance.add(dialect.name, versionOf(record.resource), read.findings);
      this.parts.listener?.onLog(record, dialect.name, reading);
      rows.push(...(reading.calls ?? []).map((row) => priceRow(this.sessions.fill(row), this.parts.prices)));
      activities.push(...this.withSession(reading.activities ?? []));
    }
    this.commit(rows, activities, context);
    return records;
  }

  /** Takes readings that came another way, e.g. of metrics or imports. */
  async take(rows: readonly LedgerRow[], activities: readonly SessionActivity[], at: EpochMillis): Promise<void> {
    const named = rows.map((row) => this.withPseudonym(row));
    const changes = await this.parts.ledger.write(named, activities);
    const byName = (emitter: string): Dialect | undefined => dialects.find(emitter);
    this.parts.metrics.record(
      changes,
      at,
      (emitter) => byName(emitter)?.exportsMetrics === true,
      (emitter) => emitter === 'telltale',
    );
    this.rowsRead.add(rows.length);
    const noted = changes.reduce(
      (sum, { row, previous }) => sum + row.discrepancies.length - (previous?.discrepancies.length ?? 0),
      0,
    );
    if (noted > 0) this.discrepancies.add(noted);
  }

  /** No user's own name goes further, whatever redaction was told to keep. */
  private named(reading: Reading): Reading {
    return reading.calls === undefined
      ? reading
      : { ...reading, calls: reading.calls.map((row) => this.withPseudonym(row)) };
  }

  private withPseudonym(row: LedgerRow): LedgerRow {
    const user = this.pseudonyms.of(row.user);
    return user === row.user ? row : { ...row, user };
  }

  private commit(rows: readonly LedgerRow[], activities: readonly SessionActivity[], context: StageContext): void {
    if (rows.length === 0 && activities.length === 0) return;
    context.emitDurable(this.take(rows, activities, context.at));
  }

  private find(owns: (dialect: Dialect) => boolean): Dialect | undefined {
    for (const dialect of dialects) if (owns(dialect)) return dialect;
    return undefined;
  }

  /** A span that names its session names it for its whole trace. */
  private learn(span: Span, rows: LedgerRow[]): void {
    const session = SESSION_KEYS.map((key) => span.attributes[key]).find((value) => value !== undefined);
    if (session === undefined) return;
    const facts = { session: attributeToText(session), user: '' };
    rows.push(...this.sessions.learn(span.traceId, facts).map((row) => priceRow(row, this.parts.prices)));
  }

  private withSession(activities: readonly SessionActivity[]): SessionActivity[] {
    return activities
      .map((activity) =>
        activity.session === '' ? { ...activity, session: this.sessions.sessionOf(activity.traceId) } : activity,
      )
      .filter((activity) => activity.session !== '');
  }
}

const SESSION_KEYS = [GEN_AI.conversationId, 'session.id', 'conversation.id'];

function versionOf(resource: Resource): string {
  const version = resource.attributes['service.version'] ?? resource.attributes['telemetry.sdk.version'];
  return version === undefined ? '' : attributeToText(version);
}

/** The span with the canonical attributes of its call added where its dialect has other names or none. */
function enrich(span: Span, dialect: Dialect, row: LedgerRow | undefined): Span {
  const added: Record<string, string | number> = { [TELLTALE.dialect]: dialect.name };
  if (row !== undefined) {
    const put = (key: string, value: string | number | undefined): void => {
      if (value !== undefined && value !== '') added[key] = value;
    };
    put(GEN_AI.operationName, row.operation);
    put(GEN_AI.providerName, row.provider);
    put(GEN_AI.requestModel, row.requestModel);
    put(GEN_AI.responseModel, row.responseModel);
    put(GEN_AI.conversationId, row.session);
    put(GEN_AI.inputTokens, row.usage.input);
    put(GEN_AI.outputTokens, row.usage.output);
    put(GEN_AI.cacheReadTokens, row.usage.cacheRead);
    put(GEN_AI.cacheWriteTokens, row.usage.cacheWrite);
    put(GEN_AI.reasoningTokens, row.usage.reasoning);
    if (row.cost !== undefined && span.attributes[GEN_AI.costAmount] === undefined) {
      put(GEN_AI.costAmount, row.cost.usd);
      put(GEN_AI.costCurrency, 'USD');
      put(GEN_AI.costSource, 'local');
      put(TELLTALE.costCatalog, `${row.cost.catalog}@${row.cost.version}`);
    }
  }
  return { ...span, attributes: keepDoubles(span.attributes, { ...added, ...span.attributes }) };
}
