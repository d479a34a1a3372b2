import { useEffect, useState } from 'preact/hooks';
import { renewPageNow } from './page-clock';

/** Where the page is: the path and the query, which hold all state worth keeping. */
export interface PageLocation {
  readonly path: string;
  readonly query: URLSearchParams;
}

const listeners = new Set<() => void>();

function read(): PageLocation {
  return { path: window.location.pathname, query: new URLSearchParams(window.location.search) };
}

function announce(): void {
  for (const listener of listeners) listener();
}

window.addEventListener('popstate', () => {
  renewPageNow();
  announce();
});

/** The current location; renders again when it changes. */
export function useLocation(): PageLocation {
  const [location, setLocation] = useState(read);
  useEffect(() => {
    const listener = (): void => setLocation(read());
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return location;
}

/** Goes to a place within the application; a new entry of the history. */
export function navigate(href: string): void {
  window.history.pushState(null, '', href);
  window.scrollTo(0, 0);
  renewPageNow();
  announce();
}

/** Changes query parameters in place: undefined or empty removes one. */
export function setQuery(
  changes: Readonly<Record<string, string | undefined>>,
  options: { readonly push?: boolean } = {},
): void {
  const query = new URLSearchParams(window.location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  const href = text === '' ? window.location.pathname : `${window.location.pathname}?${text}`;
  if (href === window.location.pathname + window.location.search) return;
  if (options.push === true) window.history.pushState(null, '', href);
  else window.history.replaceState(null, '', href);
  announce();
}

/** A query parameter as it is at this moment: two keys in a row may come before the page is drawn again. */
export function queryNow(name: string): string {
  return read().query.get(name) ?? '';
}

/** One query parameter as state. */
export function useQueryState(name: string, fallback = ''): [string, (value: string) => void] {
  const { query } = useLocation();
  return [query.get(name) ?? fallback, (value) => setQuery({ [name]: value === fallback ? undefined : value })];
}

/** A link to a page that keeps the time range. */
export function hrefTo(path: string, parameters: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams();
  const current = new URLSearchParams(window.location.search);
  for (const kept of ['from', 'to', 'refresh']) {
    const value = current.get(kept);
    if (value !== null) query.set(kept, value);
  }
  for (const [name, value] of Object.entries(parameters)) query.set(name, value);
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}
