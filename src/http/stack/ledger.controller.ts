import { Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { CLOCK } from '../../base/clock';
import type { Clock, EpochMillis } from '../../base/clock';
import { NotFoundError } from '../../base/errors';
import type { StackConformanceLine, StackLedgerRow, StackSession, StackSessionDetail } from '../../contracts/stack';
import type { ConformanceReport } from '../../ingest/ledger';
import { LEDGER_STORE } from '../../storage';
import type { LedgerQuery, LedgerReader } from '../../storage';
import { toActivityBody, toLedgerBody, toSessionBody } from './ledger-bodies';
import { flagParam, instantParam, limitParam, textParam } from './stack-params';
import type { StackQuery } from './stack-params';

/** Injection token of the conformance report. */
export const CONFORMANCE = Symbol('ConformanceReport');

/** Prices the ledger's past anew. */
export interface Repricer {
  /** Says how many rows changed. */
  reprice(start: EpochMillis, end: EpochMillis): Promise<number>;
}

/** Injection token of the repricer. */
export const REPRICER = Symbol('Repricer');

const DAY = 24 * 3_600_000;

/** The token ledger, its sessions, and how well emitters keep to the conventions. */
@Controller('api/stack')
export class LedgerController {
  constructor(
    @Inject(LEDGER_STORE) private readonly ledger: LedgerReader,
    @Inject(CONFORMANCE) private readonly conformance: ConformanceReport,
    @Inject(REPRICER) private readonly repricer: Repricer,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('ledger')
  async rows(@Query() query: StackQuery): Promise<StackLedgerRow[]> {
    return (await this.ledger.calls(toLedgerQuery(query))).map(toLedgerBody);
  }

  @Post('ledger/reprice')
  @HttpCode(200)
  async reprice(@Query() query: StackQuery): Promise<{ changed: number }> {
    const start = instantParam(query, 'from') ?? 0;
    const end = instantParam(query, 'to') ?? this.clock.now();
    return { changed: await this.repricer.reprice(start, end) };
  }

  @Get('sessions')
  async sessions(@Query() query: StackQuery): Promise<StackSession[]> {
    const end = instantParam(query, 'to') ?? this.clock.now() + DAY;
    const emitter = textParam(query, 'emitter');
    const found = await this.ledger.sessions({
      start: instantParam(query, 'from') ?? 0,
      end,
      ...(emitter === undefined ? {} : { emitter }),
      limit: limitParam(query, 100, 1000),
    });
    return found.map(toSessionBody);
  }

  @Get('sessions/:session')
  async session(@Param('session') session: string): Promise<StackSessionDetail> {
    const summary = await this.ledger.session(session);
    if (summary === undefined) throw new NotFoundError(`no session "${session}" is known`);
    const calls = await this.ledger.calls({ session, withSuperseded: true, limit: 100_000 });
    const activities = await this.ledger.activities(session);
    const seen = [...calls, ...activities].sort((a, b) => a.at - b.at).map(({ traceId }) => traceId);
    return {
      ...toSessionBody(summary),
      calls: calls.map(toLedgerBody),
      activities: activities.map(toActivityBody),
      traceIds: [...new Set(seen)].filter((traceId) => traceId !== ''),
    };
  }

  @Get('conformance')
  report(): StackConformanceLine[] {
    return this.conformance.report();
  }
}

function toLedgerQuery(query: StackQuery): LedgerQuery {
  const start = instantParam(query, 'from');
  const end = instantParam(query, 'to');
  const texts: { -readonly [K in 'session' | 'traceId' | 'model' | 'emitter' | 'user' | 'repository']?: string } = {};
  for (const [key, name] of [
    ['session', 'session'],
    ['traceId', 'traceId'],
    ['model', 'model'],
    ['emitter', 'emitter'],
    ['user', 'user'],
    ['repository', 'repository'],
  ] as const) {
    const text = textParam(query, name, ...(name === 'traceId' ? ['trace'] : []));
    if (text !== undefined) texts[key] = text;
  }
  return {
    ...texts,
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
    withSuperseded: flagParam(query, 'all'),
    limit: limitParam(query, 10_000, 1_000_000),
  };
}
