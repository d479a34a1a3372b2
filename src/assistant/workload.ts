import { systemClock } from '../base/clock';
import { seededRandom } from '../base/ids';
import { chatOnce } from './chat-client';
import type { Clock, Millis } from '../base/clock';
import type { ChatOutcome } from './chat-client';

/** How a workload drives an assistant. */
export interface WorkloadOptions {
  /** Base URL of the assistant. */
  readonly url: string;
  /** Clients at once, each asking again when it has its answer; default 4. */
  readonly concurrency?: number;
  /** Equal seeds ask equal questions; default 1. */
  readonly seed?: number;
  /** Ends after this time, or at the signal without it. */
  readonly duration?: Millis;
  /** A client's pause between two questions, at most; default 400 ms. */
  readonly thinkTime?: Millis;
  readonly clock?: Clock;
  /** Told of every chat. */
  onChat?(outcome: ChatOutcome): void;
}

/** What came of a workload. */
export interface WorkloadResult {
  readonly chats: number;
  readonly failed: number;
  readonly failuresByCode: Readonly<Record<string, number>>;
  readonly toolCalls: number;
  readonly modelCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the last chat that succeeded. */
  readonly lastTraceId: string | undefined;
}

const PROMPTS: readonly string[] = [
  'Give me an overview of the project.',
  'Where is `priceOrder` used?',
  'Explain src/order-store.ts to me.',
  'Add a comment above `applyDiscount`, please.',
  'What does RetryPolicy do when all attempts fail?',
  'Document `OrderStore` so that a newcomer understands it.',
  'Is it safe to call `readBody` twice?',
  'Which files belong to the tests?',
  'Thanks, that is all I wanted to know.',
  'Fix the volume discount in `VOLUME_THRESHOLD`.',
  'Read src/nothing-here.ts and tell me what it is for.',
  'What is a good name for a function that rounds to cents?',
];

/** How likely a client goes on with its conversation. */
const CONTINUES = 0.6;

/** Asks an assistant varied questions over real HTTP, several clients at once. */
export class Workload {
  private readonly clock: Clock;
  private readonly counts = { chats: 0, failed: 0, toolCalls: 0, modelCalls: 0, inputTokens: 0, outputTokens: 0 };
  private readonly failures: Record<string, number> = {};
  private lastTraceId: string | undefined;

  constructor(private readonly options: WorkloadOptions) {
    this.clock = options.clock ?? systemClock;
  }

  /** What happened so far. */
  get result(): WorkloadResult {
    return { ...this.counts, failuresByCode: { ...this.failures }, lastTraceId: this.lastTraceId };
  }

  /** Runs until the duration is over or the signal aborts; never rejects. */
  async run(signal?: AbortSignal): Promise<WorkloadResult> {
    const { concurrency = 4, duration } = this.options;
    const end = new AbortController();
    const stop = (): void => end.abort(new DOMException('the workload ended', 'AbortError'));
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    const timer = duration === undefined ? undefined : this.clock.schedule(duration, stop);
    await Promise.all(Array.from({ length: concurrency }, (_, client) => this.runClient(client, end.signal)));
    timer?.cancel();
    signal?.removeEventListener('abort', stop);
    return this.result;
  }

  private async runClient(client: number, signal: AbortSignal): Promise<void> {
    const { url, seed = 1, thinkTime = 400 } = this.options;
    const random = seededRandom(seed * 1_000 + client);
    let conversationId: string | undefined;
    while (!signal.aborted) {
      const message = PROMPTS[Math.floor(random() * PROMPTS.length)] ?? '';
      const body = { message, client: `client-${client}`, ...(conversationId === undefined ? {} : { conversationId }) };
      try {
        const outcome = await chatOnce(url, body, signal);
        this.count(outcome);
        conversationId = random() < CONTINUES ? outcome.conversationId : undefined;
        await this.clock.sleep(random() * thinkTime, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.fail(error instanceof Error && 'code' in error ? String(error.code) : 'CONNECTION');
        await this.clock.sleep(thinkTime, signal).catch(() => undefined);
      }
    }
  }

  private count(outcome: ChatOutcome): void {
    this.options.onChat?.(outcome);
    if (!outcome.ok) {
      this.fail(outcome.code ?? 'UNKNOWN');
      return;
    }
    this.counts.chats++;
    this.counts.toolCalls += outcome.toolCalls;
    this.counts.modelCalls += outcome.modelCalls;
    this.counts.inputTokens += outcome.inputTokens;
    this.counts.outputTokens += outcome.outputTokens;
    this.lastTraceId = outcome.traceId ?? this.lastTraceId;
  }

  private fail(code: string): void {
    this.counts.chats++;
    this.counts.failed++;
    this.failures[code] = (this.failures[code] ?? 0) + 1;
  }
}
