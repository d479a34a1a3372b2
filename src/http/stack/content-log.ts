import type { ContentShownBody } from '../../contracts/trace-search';

/** So many of the last are kept to be shown. */
const REMEMBERED = 500;

/** Injection token of the record of who was shown content. */
export const CONTENT_LOG = Symbol('ContentLog');

/** Who was shown what was said: each time is told to `onShown`, the last 500 are kept. */
export class ContentLog {
  private readonly entries: ContentShownBody[] = [];

  constructor(private readonly onShown: (shown: ContentShownBody) => void) {}

  add(shown: ContentShownBody): void {
    this.entries.unshift(shown);
    this.entries.length = Math.min(this.entries.length, REMEMBERED);
    this.onShown(shown);
  }

  /** The newest first. */
  list(): readonly ContentShownBody[] {
    return this.entries;
  }
}
