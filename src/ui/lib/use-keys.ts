import { useLayoutEffect, useRef } from 'preact/hooks';
import { onKey } from './keyboard';

/**
 * Calls back for keys while a component stands. What is called always belongs to what is on the screen: a key pressed at
 * once after a change, or after another key, is not answered with what was there before.
 */
export function useKeys(callback: (key: string, event: KeyboardEvent) => void): void {
  const latest = useRef(callback);
  useLayoutEffect(() => void (latest.current = callback));
  useLayoutEffect(() => onKey((key, event) => latest.current(key, event)), []);
}
