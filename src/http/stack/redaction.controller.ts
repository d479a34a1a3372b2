import { Controller, Get, Inject } from '@nestjs/common';
import type { RedactionCount, RedactStage } from '../../ingest';

/** Injection token of the stage that redacts. */
export const REDACTION = Symbol('Redaction');

/** What one rule took out since the start, as `GET /api/stack/redaction` answers it. */
export interface RedactionBody extends RedactionCount {
  /** `lastAt` for people: RFC 3339. */
  readonly time: string;
}

/** What redaction has taken out, rule by rule: that it works can be seen, what it took cannot. */
@Controller('api/stack/redaction')
export class RedactionController {
  constructor(@Inject(REDACTION) private readonly redaction: Pick<RedactStage, 'audit'>) {}

  @Get()
  audit(): RedactionBody[] {
    return this.redaction
      .audit()
      .map((row) => ({ ...row, time: new Date(row.lastAt).toISOString() }))
      .sort((a, b) => b.count - a.count || (a.rule < b.rule ? -1 : 1));
  }
}
