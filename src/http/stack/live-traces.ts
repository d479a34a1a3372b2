import type { Clock, EpochMillis, Timer } from '../../base/clock';
import type { TraceFactsBody } from '../../contracts/trace-search';
import type { TraceQuestion, TraceSearcher } from './trace-search';

/** How often the store is asked. */
const PERIOD = 1000;
/** A trace may grow for so long after its start and is told of again. */
const GROWS = 120_000;
/** So many streams at once; each asks the store every second. */
const MOST_STREAMS = 16;
/** A silent connection is taken for dead by what lies between. */
const SIGN_OF_LIFE = 15_000;

/** Where a stream writes. */
export interface LiveSink {
  write(text: string): void;
  end(): void;
}

/** Streams of traces as they come in, as server-sent events: `traces` with the new and the grown, the newest first. */
export class LiveTraces {
  private readonly streams = new Set<() => void>();

  constructor(
    private readonly searcher: Pick<TraceSearcher, 'search'>,
    private readonly clock: Clock,
  ) {}

  /**
   * @param since traces that started before are not told of; each event's id is the `since` to go on with.
   * @returns the way to stop; undefined when there are too many streams.
   */
  follow(question: Omit<TraceQuestion, 'start' | 'end'>, since: EpochMillis, sink: LiveSink): (() => void) | undefined {
    if (this.streams.size >= MOST_STREAMS) return undefined;
    const told = new Map<string, string>();
    let timer: Timer | undefined;
    let stopped = false;
    let lastSign = this.clock.now();
    const stop = (): void => {
      if (stopped) return;
      stopped = true;
      timer?.cancel();
      this.streams.delete(stop);
      sink.end();
    };
    const turn = async (): Promise<void> => {
      const at = this.clock.now();
      const start = Math.max(since, at - GROWS);
      try {
        const { traces } = await this.searcher.search({ ...question, start, end: at + GROWS });
        const fresh = traces.filter((facts) => told.get(facts.traceId) !== markOf(facts));
        for (const facts of fresh) told.set(facts.traceId, markOf(facts));
        forget(told, traces);
        if (stopped) return;
        if (fresh.length > 0) sink.write(`id: ${start}\nevent: traces\ndata: ${JSON.stringify(fresh)}\n\n`);
        else if (at - lastSign >= SIGN_OF_LIFE) sink.write(': still here\n\n');
        else return;
        lastSign = at;
      } catch {
        // The store is stopping or was too busy: the next turn asks again.
      }
    };
    const next = (): void => {
      timer = this.clock.schedule(PERIOD, () => void turn().then(() => (stopped ? undefined : next())));
    };
    this.streams.add(stop);
    sink.write('retry: 1000\n: following\n\n');
    void turn().then(() => (stopped ? undefined : next()));
    return stop;
  }

  /** Ends all streams. */
  stop(): void {
    for (const stop of [...this.streams]) stop();
  }
}

function markOf({ spanCount, durationMs, errorCount }: TraceFactsBody): string {
  return `${spanCount} ${durationMs} ${errorCount}`;
}

/** What left the window will not come again. */
function forget(told: Map<string, string>, traces: readonly TraceFactsBody[]): void {
  if (told.size < 4096) return;
  const present = new Set(traces.map(({ traceId }) => traceId));
  for (const id of told.keys()) if (!present.has(id)) told.delete(id);
}
