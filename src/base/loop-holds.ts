import { closeSync, openSync, readSync } from 'node:fs';
import type { Clock, Millis } from './clock';

/** How long the event loop was held at a time. */
export interface LoopHolds {
  readonly p99: Millis;
  readonly longest: Millis;
  /** How often for more than 20 ms. */
  readonly over20: number;
  /** The longest by the clock, whatever held it: on a busy machine others do. */
  readonly longestByClock: Millis;
}

/** Holds shorter than this are many and of no interest: they are not kept one by one. */
const LEAST: Millis = 0.1;

/**
 * For benchmarks: watches how long the event loop is held between two turns, in processor time of the main thread where
 * Linux tells it, so that neither neighbours nor helpers that collect garbage count; elsewhere in the lesser of the
 * process' processor time and time on the clock. Ends when the function given back is called.
 */
export function watchLoopHolds(clock: Clock): () => LoopHolds {
  const times: Millis[] = [];
  let short = 0;
  let longestByClock = 0;
  const processor = processorTime();
  let last = clock.elapsed();
  let used = processor.now();
  let running = true;
  const watch = (): void => {
    if (!running) return;
    const now = clock.elapsed();
    const byClock = now - last;
    if (byClock < LEAST) short++;
    else {
      const time = Math.min(byClock, processor.now() - used);
      if (time < LEAST) short++;
      else times.push(time);
      longestByClock = Math.max(longestByClock, byClock);
      used = processor.now();
    }
    last = clock.elapsed();
    setImmediate(watch);
  };
  setImmediate(watch);
  return () => {
    running = false;
    processor.close();
    times.sort((a, b) => a - b);
    const at = Math.floor((times.length + short) * 0.99) - short;
    return {
      p99: times[at] ?? 0,
      longest: times[times.length - 1] ?? 0,
      over20: times.filter((time) => time > 20).length,
      longestByClock,
    };
  };
}

/** Processor time of the main thread, or of the process where that of the thread is not told. */
function processorTime(): { now(): Millis; close(): void } {
  try {
    const file = openSync('/proc/self/schedstat', 'r');
    const buffer = Buffer.alloc(64);
    const now = (): Millis => parseInt(buffer.toString('latin1', 0, readSync(file, buffer, 0, 64, 0)), 10) / 1e6;
    now();
    return { now, close: () => closeSync(file) };
  } catch {
    const now = (): Millis => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    };
    return { now, close: () => undefined };
  }
}
