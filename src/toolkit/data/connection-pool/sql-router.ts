import { LRUCache } from 'lru-cache';
import { fingerprintSync, loadModule, parseSync } from 'libpg-query';
import { classify } from './classify-sql';

/** Which share of the connections a statement uses. */
export const ROLES = ['read', 'write', 'analytics'] as const;
export type Role = (typeof ROLES)[number];

/** What a parse says about a text of SQL. */
export interface Routed {
  readonly role: Role;
  /** `SELECT`, `INSERT` …; `BATCH` for several; `UNKNOWN` for what is not PostgreSQL's SQL. */
  readonly operation: string;
  /** Tables named, in order of appearance, at most five. */
  readonly tables: readonly string[];
  /** There is a comment in it already. */
  readonly commented: boolean;
}

const TEXTS = 2_000;
const FINGERPRINTS = 1_000;

/**
 * Routes statements by PostgreSQL's own parser. Decisions are kept by text, and by fingerprint, so that the same
 * statement with other literals is not walked again. What does not parse is a write: the primary can run anything.
 */
export class SqlRouter {
  private readonly byText = new LRUCache<string, Routed>({ max: TEXTS });
  private readonly byFingerprint = new LRUCache<string, Routed>({ max: FINGERPRINTS });
  private loading: Promise<void> | undefined;
  private walks = 0;

  /** How many statements had to be walked: the misses of both caches. */
  get misses(): number {
    return this.walks;
  }

  /** What was decided before about the same text; undefined when nothing was. */
  known(sql: string): Routed | undefined {
    return this.byText.get(sql);
  }

  /** Never rejects. */
  async route(sql: string): Promise<Routed> {
    const known = this.byText.get(sql);
    if (known !== undefined) return known;
    await (this.loading ??= loadModule());
    const routed = this.decide(sql);
    this.byText.set(sql, routed);
    return routed;
  }

  private decide(sql: string): Routed {
    const commented = /--|\/\*/.test(sql);
    try {
      const fingerprint = fingerprintSync(sql);
      const known = this.byFingerprint.get(fingerprint);
      if (known !== undefined) return { ...known, commented };
      this.walks++;
      const routed = { ...classify(parseSync(sql)), commented };
      this.byFingerprint.set(fingerprint, routed);
      return routed;
    } catch {
      return { role: 'write', operation: 'UNKNOWN', tables: [], commented };
    }
  }
}
