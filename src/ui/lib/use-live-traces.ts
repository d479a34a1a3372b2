import { useEffect, useState } from 'preact/hooks';
import type { TraceFactsBody } from '../../contracts/trace-search';
import { formParameters } from '../api/traces';
import type { TraceForm } from '../api/traces';

/** How live a list is; `lost`: the connection is; `refused`: the server answered with an error. Both are tried again. */
export type LiveState = 'off' | 'connecting' | 'live' | 'lost' | 'refused';

export interface LiveTraces {
  readonly state: LiveState;
  /** What came in since the list was asked for and is shown, by trace. */
  readonly shown: ReadonlyMap<string, TraceFactsBody>;
  /** What came in while paused. */
  readonly waiting: ReadonlyMap<string, TraceFactsBody>;
  /** Shows what waits. */
  readonly take: () => void;
}

const NONE: ReadonlyMap<string, TraceFactsBody> = new Map();
/** What is no longer shown need not be kept. */
const MOST = 1000;
/** Milliseconds until a server that refused is asked again. */
const AFTER_REFUSAL = 5000;

/**
 * Follows traces that pass a search as they come in. A lost connection is made again and goes on where it was.
 * @param since epoch milliseconds; a change starts anew.
 */
export function useLiveTraces(form: TraceForm, on: boolean, paused: boolean, since: number): LiveTraces {
  const [state, setState] = useState<LiveState>('off');
  const [arrived, setArrived] = useState<{ readonly shown: typeof NONE; readonly waiting: typeof NONE }>({
    shown: NONE,
    waiting: NONE,
  });
  const key = formParameters({ ...form, limit: '200' }).toString();
  // Read when an event comes: pausing must not end the stream.
  const [hold] = useState({ paused });
  hold.paused = paused;
  useEffect(() => {
    setArrived({ shown: NONE, waiting: NONE });
    if (!on) {
      setState('off');
      return undefined;
    }
    setState('connecting');
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const connect = (from: string): void => {
      let reached = from;
      const opened = new EventSource(`/api/stack/traces/live?${key}&since=${from}`);
      source = opened;
      opened.onopen = () => setState('live');
      opened.onerror = () => {
        setState(opened.readyState === EventSource.CLOSED ? 'refused' : 'lost');
        // The browser connects again by itself after a lost connection, but never after an answer that is an error.
        if (opened.readyState === EventSource.CLOSED) timer = setTimeout(() => connect(reached), AFTER_REFUSAL);
      };
      opened.addEventListener('traces', (event: MessageEvent<string>) => {
        if (event.lastEventId !== '') reached = event.lastEventId;
        const traces = JSON.parse(event.data) as TraceFactsBody[];
        setArrived((before) =>
          hold.paused
            ? { ...before, waiting: merged(before.waiting, traces, before.shown) }
            : { shown: merged(merged(before.shown, [...before.waiting.values()]), traces), waiting: NONE },
        );
      });
    };
    connect(String(Math.round(since)));
    return () => {
      source?.close();
      clearTimeout(timer);
    };
  }, [key, on, since]);
  useEffect(() => {
    if (!paused) setArrived(takeWaiting);
  }, [paused]);
  return { state, ...arrived, take: () => setArrived(takeWaiting) };
}

function takeWaiting(before: { shown: typeof NONE; waiting: typeof NONE }): typeof before {
  return before.waiting.size === 0
    ? before
    : { shown: merged(before.shown, [...before.waiting.values()]), waiting: NONE };
}

/** What is known as it is already is left out. */
function merged(
  map: typeof NONE,
  traces: readonly TraceFactsBody[],
  known: typeof NONE = NONE,
): ReadonlyMap<string, TraceFactsBody> {
  const next = new Map(map);
  for (const facts of traces) {
    if (known.get(facts.traceId)?.spanCount === facts.spanCount) continue;
    next.delete(facts.traceId);
    next.set(facts.traceId, facts);
  }
  for (const id of next.keys()) {
    if (next.size <= MOST) break;
    next.delete(id);
  }
  return next;
}
