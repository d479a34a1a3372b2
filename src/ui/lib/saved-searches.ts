import { useState } from 'preact/hooks';

/** A search under a name; kept in this browser. */
export interface SavedSearch {
  readonly name: string;
  /** The query part of the page's address. */
  readonly query: string;
}

const KEY = 'telltale.saved-searches';
const MOST = 50;

/** The saved searches, and the ways to change them. */
export function useSavedSearches(): {
  readonly saved: readonly SavedSearch[];
  readonly save: (search: SavedSearch) => void;
  readonly remove: (name: string) => void;
} {
  const [saved, setSaved] = useState(read);
  const write = (list: readonly SavedSearch[]): void => {
    localStorage.setItem(KEY, JSON.stringify(list));
    setSaved(list);
  };
  return {
    saved,
    save: (search) => write([search, ...saved.filter(({ name }) => name !== search.name)].slice(0, MOST)),
    remove: (name) => write(saved.filter((each) => each.name !== name)),
  };
}

function read(): readonly SavedSearch[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(list) ? list.filter(isSaved) : [];
  } catch {
    return [];
  }
}

function isSaved(value: unknown): value is SavedSearch {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'query' in value &&
    typeof value.query === 'string'
  );
}
