import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { ALERTING, Alerting } from '../../alerting';
import type { AlertExplanation, HistoryRow } from '../../alerting';
import { CLOCK } from '../../base/clock';
import type { Clock } from '../../base/clock';
import { parseDuration } from '../../base/duration';
import { BadInputError, NotFoundError } from '../../base/errors';
import { Matcher } from '../../domain/matcher';

const acknowledgeBody = z.strictObject({
  by: z.string().default(''),
  comment: z.string().default(''),
  /** `2h`: the acknowledgement lapses after that. */
  for: z.string().optional(),
});
const snoozeBody = z.strictObject({
  for: z.string(),
  by: z.string().default(''),
  comment: z.string().default('snoozed'),
});
const testBody = z.strictObject({ labels: z.record(z.string(), z.string()).default({}) });
const previewBody = z.strictObject({ template: z.string() });

/** What is said of alerts: why, acknowledge, snooze, try receivers and templates, signs of life. */
@Controller('api/stack')
export class AlertsController {
  constructor(
    @Inject(ALERTING) private readonly alerting: Alerting,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('alerts/:fingerprint/why')
  async why(@Param('fingerprint') fingerprint: string): Promise<unknown> {
    return explanationBody(await this.alerting.why(fingerprint));
  }

  @Post('alerts/:fingerprint/ack')
  @HttpCode(200)
  acknowledge(@Param('fingerprint') fingerprint: string, @Body() body: unknown): Promise<unknown> {
    const { by, comment, for: span } = read(acknowledgeBody, body);
    const until = span === undefined ? undefined : this.clock.now() + parseDuration(span);
    return this.alerting.acknowledge(fingerprint, by, comment, until);
  }

  @Delete('alerts/:fingerprint/ack')
  @HttpCode(204)
  unacknowledge(@Param('fingerprint') fingerprint: string): Promise<void> {
    return this.alerting.unacknowledge(fingerprint);
  }

  /** A silence for exactly this alert. */
  @Post('alerts/:fingerprint/snooze')
  @HttpCode(200)
  async snooze(@Param('fingerprint') fingerprint: string, @Body() body: unknown): Promise<{ silenceID: string }> {
    const { by, comment, for: span } = read(snoozeBody, body);
    const view = this.alerting.queries.alert(fingerprint);
    if (view === undefined) throw new NotFoundError(`no alert with fingerprint ${fingerprint}`);
    const at = this.clock.now();
    const matchers = [...view.alert.labels].map(([name, value]) => new Matcher(name, '=', value));
    const silenceID = await this.alerting.silences.set({
      matchers,
      startsAt: at,
      endsAt: at + parseDuration(span),
      createdBy: by,
      comment,
    });
    return { silenceID };
  }

  @Get('notifications')
  async notifications(
    @Query() query: Readonly<Record<string, unknown>>,
  ): Promise<{ t: number; time: string; value: HistoryRow }[]> {
    const end = numberOf(query['end']) ?? this.clock.now();
    const start = numberOf(query['start']) ?? end - 86_400_000;
    const rows = await this.alerting.history.recent(start, end, Math.min(numberOf(query['limit']) ?? 200, 5000));
    return rows.map(({ t, value }) => ({ t, time: new Date(t).toISOString(), value }));
  }

  @Get('receivers')
  receivers(): unknown {
    return this.alerting.receiverStatus();
  }

  @Post('receivers/:name/test')
  @HttpCode(200)
  test(@Param('name') name: string, @Body() body: unknown): Promise<unknown> {
    return this.alerting.testReceiver(name, read(testBody, body ?? {}).labels);
  }

  @Post('templates/preview')
  @HttpCode(200)
  preview(@Body() body: unknown): { text: string } {
    return { text: this.alerting.previewTemplate(read(previewBody, body).template) };
  }

  @Get('heartbeats')
  heartbeats(): unknown {
    return this.alerting.heartbeatStatus();
  }

  @Post('heartbeats/:name')
  @HttpCode(200)
  async beat(@Param('name') name: string): Promise<{ status: 'ok' }> {
    await this.alerting.heartbeats.beat(name);
    return { status: 'ok' };
  }
}

/** The explanation as JSON: label sets as objects, instants as texts too. */
export function explanationBody(explanation: AlertExplanation): unknown {
  const time = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());
  return {
    fingerprint: explanation.fingerprint,
    labels: explanation.labels.toRecord(),
    state: explanation.state,
    at: time(explanation.at),
    startsAt: time(explanation.startsAt),
    endsAt: time(explanation.endsAt),
    acknowledgement: explanation.acknowledgement ?? null,
    channels: explanation.channels.map((channel) => ({
      receiver: channel.receiver,
      integration: channel.integration,
      groupKey: channel.groupKey,
      lastNotified: time(channel.lastNotified),
      nextPossible: time(channel.nextPossible),
      stages: channel.stages.map(({ stage, verdict, text, until }) => ({ stage, verdict, text, until: time(until) })),
    })),
    history: explanation.history.map(({ t, value }) => ({ time: time(t), ...value })),
  };
}

function read<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  throw new BadInputError(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}

function numberOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  const number = Number(value);
  if (!Number.isFinite(number)) throw new BadInputError(`"${value}" is not a number`);
  return number;
}
