import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { requestsUnderway } from '../api/http';

/** Refreshes that are left out at most while answers are still underway: a request that hangs must not stop the page. */
const MOST_SKIPPED = 12;

const listeners = new Set<() => void>();
let now = Date.now();
let period = 0;
let timer: ReturnType<typeof setInterval> | undefined;
let skipped = 0;

/** Makes it later, for everything on the page at once. */
export function renewPageNow(): void {
  now = Date.now();
  skipped = 0;
  for (const listener of [...listeners]) listener();
}

function tick(): void {
  if (document.hidden) return;
  // A stack that takes longer to answer than the page waits would never be heard: its answers would all be outdated.
  if (requestsUnderway() > 0 && skipped < MOST_SKIPPED) skipped++;
  else renewPageNow();
}

function keepTime(every: number): void {
  if (every === period && (timer !== undefined || every === 0)) return;
  clearInterval(timer);
  period = every;
  timer = every === 0 ? undefined : setInterval(tick, every);
}

/**
 * The instant that everything on the page calls "now", in epoch milliseconds; renders again when it moves on.
 * @param every milliseconds between two refreshes; 0: never.
 */
export function usePageNow(every: number): number {
  const [, setTurn] = useState(0);
  useLayoutEffect(() => {
    const listener = (): void => setTurn((turn) => turn + 1);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  }, []);
  useEffect(() => keepTime(every), [every]);
  return now;
}
