import { randomUuid } from '../../base/ids';
import type { Clock } from '../../base/clock';
import type { TokenUsage } from '../../domain/usage';
import type { BatchWriter } from '../../toolkit/data';

/** Writes a row for every model call, in batches, behind the conversation: a chat never waits for it. */
export class UsageLedger {
  constructor(
    private readonly writer: BatchWriter,
    private readonly clock: Clock,
  ) {}

  /** Never throws; a row that cannot be written shows in the writer's metrics. */
  record(threadId: string, client: string, model: string, usage: TokenUsage): void {
    const row = {
      id: randomUuid(),
      thread_id: threadId,
      client,
      model,
      at: this.clock.now(),
      input_tokens: usage.input ?? null,
      cache_read_tokens: usage.cacheRead ?? null,
      cache_write_tokens: usage.cacheWrite ?? null,
      output_tokens: usage.output ?? null,
    };
    this.writer.write('model_calls', row).catch(() => undefined);
  }
}
