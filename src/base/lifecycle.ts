import { CodedError, messageOf } from './errors';
import type { Clock, Millis } from './clock';
import type { Logger } from './logger';

/** The order in which parts start; they stop in reverse. */
export const PHASES = ['stores', 'ingest', 'rules', 'alerting', 'http'] as const;
export type Phase = (typeof PHASES)[number];

/** Something that starts and stops with the process. */
export interface Part {
  readonly name: string;
  readonly phase: Phase;
  start?(): Promise<void> | void;
  /** The signal aborts at the phase's deadline. */
  stop?(signal: AbortSignal): Promise<void> | void;
}

/** A part did not start; those before it have been stopped again. */
export class StartFailedError extends CodedError {
  readonly code = 'START_FAILED';
}

/** Starts parts in the order of their phases, stops them in reverse, each phase within its deadline. */
export class Lifecycle {
  private readonly parts: Part[] = [];
  private started: Part[] = [];

  /** @param deadline how long one phase may take to stop. */
  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly deadline: Millis = 10_000,
  ) {}

  add(part: Part): void {
    this.parts.push(part);
  }

  /** @throws StartFailedError */
  async start(): Promise<void> {
    for (const phase of PHASES) {
      for (const part of this.parts.filter((candidate) => candidate.phase === phase)) {
        try {
          await part.start?.();
        } catch (error) {
          await this.stop();
          throw new StartFailedError(`${part.name} did not start: ${messageOf(error)}`, { cause: error });
        }
        this.started.push(part);
      }
    }
  }

  /** Never rejects; a part that fails or is late is logged and passed over. Idempotent. */
  async stop(): Promise<void> {
    const started = this.started;
    this.started = [];
    for (const phase of [...PHASES].reverse()) {
      const parts = started.filter((part) => part.phase === phase).reverse();
      if (parts.length > 0) await this.stopPhase(phase, parts);
    }
  }

  private async stopPhase(phase: Phase, parts: readonly Part[]): Promise<void> {
    const controller = new AbortController();
    let timedOut = false;
    let release: () => void = () => undefined;
    const late = new Promise<void>((resolve) => (release = resolve));
    const timer = this.clock.schedule(this.deadline, () => {
      timedOut = true;
      controller.abort(new Error(`phase ${phase} did not stop in time`));
      release();
    });
    for (const part of parts) {
      const stopping = Promise.resolve()
        .then(() => part.stop?.(controller.signal))
        .catch((error: unknown) =>
          this.logger.error('part failed to stop', { part: part.name, error: messageOf(error) }),
        );
      await Promise.race([stopping, late]);
      if (timedOut) this.logger.error('part did not stop in time', { part: part.name, phase });
    }
    timer.cancel();
  }
}
