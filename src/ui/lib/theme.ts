import { useEffect, useState } from 'preact/hooks';

export type Theme = 'dark' | 'light';

const KEY = 'telltale.theme';

/** The chosen theme, else the system's. */
export function currentTheme(): Theme {
  const stored = localStorage.getItem(KEY);
  if (stored === 'dark' || stored === 'light') return stored;
  return window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

const CHANGED = 'telltale-theme';

/** The theme as state: charts draw themselves again when it changes. */
export function useTheme(): Theme {
  const [theme, setTheme] = useState(currentTheme);
  useEffect(() => {
    const listener = (): void => {
      document.documentElement.dataset['theme'] = currentTheme();
      setTheme(currentTheme());
    };
    const system = window.matchMedia('(prefers-color-scheme: dark)');
    window.addEventListener(CHANGED, listener);
    system.addEventListener('change', listener);
    return () => {
      window.removeEventListener(CHANGED, listener);
      system.removeEventListener('change', listener);
    };
  }, []);
  return theme;
}

/** Takes the other theme, for this browser. */
export function toggleTheme(): void {
  const next = currentTheme() === 'dark' ? 'light' : 'dark';
  localStorage.setItem(KEY, next);
  document.documentElement.dataset['theme'] = next;
  window.dispatchEvent(new Event(CHANGED));
}

/** Colours for series, told apart by people with any colour vision (after Okabe and Ito). */
export const SERIES_COLORS: Readonly<Record<Theme, readonly string[]>> = {
  dark: ['#56b4e9', '#e69f00', '#2fbf8f', '#f0e442', '#cc79a7', '#d55e00', '#9aa7ff', '#b5b5b5'],
  light: ['#0072b2', '#c27c00', '#007a5a', '#8a7d00', '#a8497f', '#b84700', '#4b57c9', '#5f5f5f'],
};

/** A steady colour for a name. */
export function colorOf(name: string, theme: Theme): string {
  let hash = 2_166_136_261;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16_777_619) >>> 0;
  const colors = SERIES_COLORS[theme];
  return colors[hash % colors.length] ?? '#888888';
}
