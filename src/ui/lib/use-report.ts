import { useEffect, useRef, useState } from 'preact/hooks';
import { report } from '../api/reports';
import type { Report } from '../api/reports';

/** A report as it was made. Instants in epoch milliseconds. */
export interface MadeReport {
  readonly value: Report;
  readonly from: number;
  readonly to: number;
  readonly at: number;
}

/** So many ranges are remembered. */
const MOST = 8;

/** A report takes the stack seconds: leaving the page and coming back does not make it again. */
const made = new Map<string, MadeReport>();

export interface ReportState {
  /** The last one of this range, while a new one is being made too. */
  readonly report: MadeReport | undefined;
  /** Since when one is being made. */
  readonly since: number | undefined;
  readonly error: string;
  readonly again: () => void;
}

/**
 * The report on a range, made once and then on request.
 * @param name the range as the URL says it, e.g. `now-24h`: what is remembered under.
 */
export function useReport(name: string, range: () => readonly [from: number, to: number]): ReportState {
  const [state, setState] = useState<Omit<ReportState, 'again'>>({
    report: made.get(name),
    since: undefined,
    error: '',
  });
  const [turn, setTurn] = useState(0);
  const asked = useRef(turn);
  useEffect(() => {
    const known = made.get(name);
    if (known !== undefined && asked.current === turn) {
      setState({ report: known, since: undefined, error: '' });
      return undefined;
    }
    asked.current = turn;
    const abort = new AbortController();
    const [from, to] = range();
    setState({ report: known, since: Date.now(), error: '' });
    report(from, to, abort.signal).then(
      (value) => {
        if (abort.signal.aborted) return;
        const next = { value, from, to, at: Date.now() };
        remember(name, next);
        setState({ report: next, since: undefined, error: '' });
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        setState({ report: known, since: undefined, error: error instanceof Error ? error.message : String(error) });
      },
    );
    return () => abort.abort();
  }, [name, turn]);
  return { ...state, again: () => setTurn((at) => at + 1) };
}

function remember(name: string, next: MadeReport): void {
  made.delete(name);
  made.set(name, next);
  for (const key of made.keys()) {
    if (made.size <= MOST) break;
    made.delete(key);
  }
}
