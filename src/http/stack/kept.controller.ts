import { Controller, Get, Inject } from '@nestjs/common';
import { CLOCK } from '../../base/clock';
import type { Clock, EpochMillis } from '../../base/clock';
import { SPAN_STORE } from '../../storage';
import type { SpanReader } from '../../storage';
import { oldestSpan } from './oldest-span';

/** `GET /api/stack/kept`. */
export interface KeptBody {
  /** When the oldest span that is kept started, to a minute; null where there is none. */
  readonly spansSince: EpochMillis | null;
}

/** An answer serves so long. */
const FRESH = 60_000;

/** How far back the data goes. */
@Controller('api/stack/kept')
export class KeptController {
  private last: { readonly at: EpochMillis; readonly body: Promise<KeptBody> } | undefined;

  constructor(
    @Inject(SPAN_STORE) private readonly spans: SpanReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  kept(): Promise<KeptBody> {
    const at = this.clock.now();
    if (this.last === undefined || at - this.last.at > FRESH) {
      const body = oldestSpan(this.spans, at).then((spansSince): KeptBody => ({ spansSince: spansSince ?? null }));
      this.last = { at, body };
      // A failure is not remembered.
      body.catch(() => (this.last = undefined));
    }
    return this.last.body;
  }
}
