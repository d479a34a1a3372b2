import { useEffect, useState } from 'preact/hooks';

/** Whether instants are told as times of day or by how long ago they were. */
export type ClockStyle = 'clock' | 'ago';

const KEY = 'telltale.times';
const CHANGED = 'telltale-times';

function read(): ClockStyle {
  return localStorage.getItem(KEY) === 'ago' ? 'ago' : 'clock';
}

/** The chosen style as state; all instants on the page follow it. */
export function useClockStyle(): ClockStyle {
  const [style, setStyle] = useState(read);
  useEffect(() => {
    const listener = (): void => setStyle(read());
    window.addEventListener(CHANGED, listener);
    return () => window.removeEventListener(CHANGED, listener);
  }, []);
  return style;
}

/** Takes the other style, for this browser. */
export function toggleClockStyle(): void {
  localStorage.setItem(KEY, read() === 'ago' ? 'clock' : 'ago');
  window.dispatchEvent(new Event(CHANGED));
}
