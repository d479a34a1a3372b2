import { formatAgo, formatExact, formatTime } from '../lib/format';
import { useClockStyle } from '../lib/clock-style';

export interface TimeProps {
  /** Epoch milliseconds. */
  readonly at: number;
  /** What "ago" is counted from. */
  readonly now?: number;
}

/** An instant, in the chosen style; to the millisecond and with its zone where the pointer rests. */
export function Time({ at, now = Date.now() }: TimeProps) {
  const style = useClockStyle();
  return (
    <time dateTime={new Date(at).toISOString()} title={`${formatExact(at)}\n${formatAgo(at, now)}`}>
      {style === 'ago' ? formatAgo(at, now) : formatTime(at, now)}
    </time>
  );
}
