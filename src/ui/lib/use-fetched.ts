import { useEffect, useRef, useState } from 'preact/hooks';

/** What is known of something asked for. While it is asked again the last answer stays. */
export interface Fetched<T> {
  readonly value: T | undefined;
  readonly error: string | undefined;
  readonly loading: boolean;
}

/** Asks whenever `key` changes; an answer that comes after the next question is dropped. */
export function useFetched<T>(key: string, ask: (signal: AbortSignal) => Promise<T>): Fetched<T> {
  const [state, setState] = useState<Fetched<T>>({ value: undefined, error: undefined, loading: true });
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    const abort = new AbortController();
    setState((previous) => ({ ...previous, loading: true }));
    latest.current(abort.signal).then(
      (value) => {
        if (!abort.signal.aborted) setState({ value, error: undefined, loading: false });
      },
      (error: unknown) => {
        if (!abort.signal.aborted)
          setState((previous) => ({
            ...previous,
            error: error instanceof Error ? error.message : String(error),
            loading: false,
          }));
      },
    );
    return () => abort.abort();
  }, [key]);
  return state;
}
