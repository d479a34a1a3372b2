import { Fnv1a64 } from '../base/fnv';

/** The label that holds a series' metric name. */
export const METRIC_NAME = '__name__';

/** Labels that describe the metric, not the series. */
export const METADATA_LABELS: readonly string[] = [METRIC_NAME, '__type__', '__unit__'];

/**
 * An immutable label set: names sorted by code point, without duplicates, without empty values (an empty value means
 * "not set"). Equal sets have equal `key`s.
 */
export class Labels {
  /** The set without labels. */
  static readonly EMPTY = new Labels([]);

  private cachedKey: string | undefined;
  private cachedFingerprint: string | undefined;
  private cachedHash: number | undefined;
  private cachedNameless: Labels | undefined;

  /** @param flat name, value, name, value …; sorted by name, unique, no empty value: `of` and `fromSorted` see to it. */
  private constructor(readonly flat: readonly string[]) {}

  /** From an object or a list of pairs; of a repeated name the last value counts. */
  static of(source: Readonly<Record<string, string>> | Iterable<readonly [string, string]>): Labels {
    const pairs =
      Symbol.iterator in source
        ? new Map(source as Iterable<readonly [string, string]>)
        : new Map(Object.entries(source));
    const names = [...pairs.keys()].filter((name) => pairs.get(name) !== '').sort(compareCodePoints);
    if (names.length === 0) return Labels.EMPTY;
    return new Labels(names.flatMap((name) => [name, pairs.get(name) ?? '']));
  }

  /** Trusts the caller: `flat` must already be sorted, unique and free of empty values. For hot paths. */
  static fromSorted(flat: readonly string[]): Labels {
    return flat.length === 0 ? Labels.EMPTY : new Labels(flat);
  }

  get size(): number {
    return this.flat.length / 2;
  }

  /** The value, or the empty string where the label is not set. */
  get(name: string): string {
    const { flat } = this;
    for (let i = 0; i < flat.length; i += 2) if (flat[i] === name) return flat[i + 1] ?? '';
    return '';
  }

  has(name: string): boolean {
    const { flat } = this;
    for (let i = 0; i < flat.length; i += 2) if (flat[i] === name) return true;
    return false;
  }

  get metricName(): string {
    return this.get(METRIC_NAME);
  }

  /** A text that is equal for equal sets and differs for others; for maps. */
  get key(): string {
    return (this.cachedKey ??= this.flat.join('\u{ff}'));
  }

  /** Prometheus' and Alertmanager's: FNV-1a 64 over `name 0xff value 0xff …`, as 16 hex digits. */
  get fingerprint(): string {
    return (this.cachedFingerprint ??= fingerprintOf(this.flat));
  }

  /** A 32-bit hash, signed; equal for equal sets. Cheap, and not the same from release to release. */
  get hash(): number {
    return (this.cachedHash ??= hashOf(this.flat));
  }

  /** Without the labels that describe the metric; the very same set each time. */
  get nameless(): Labels {
    // Kept here and not in a WeakMap: garbage collection looks at all entries of one while everything waits.
    return (this.cachedNameless ??= this.filter((name) => !METADATA_LABELS.includes(name)));
  }

  /** With `changes` applied; an empty value removes the label. */
  with(changes: Readonly<Record<string, string>>): Labels {
    return Labels.of({ ...this.toRecord(), ...changes });
  }

  without(...names: readonly string[]): Labels {
    return this.filter((name) => !names.includes(name));
  }

  only(...names: readonly string[]): Labels {
    return this.filter((name) => names.includes(name));
  }

  /** The labels whose name passes. */
  filter(keep: (name: string) => boolean): Labels {
    const { flat } = this;
    const kept: string[] = [];
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] ?? '';
      if (keep(name)) kept.push(name, flat[i + 1] ?? '');
    }
    return kept.length === flat.length ? this : Labels.fromSorted(kept);
  }

  equals(other: Labels): boolean {
    return this === other || (this.flat.length === other.flat.length && this.key === other.key);
  }

  toRecord(): Record<string, string> {
    const { flat } = this;
    const record: Record<string, string> = {};
    for (let i = 0; i < flat.length; i += 2) record[flat[i] ?? ''] = flat[i + 1] ?? '';
    return record;
  }

  *[Symbol.iterator](): Iterator<[name: string, value: string]> {
    const { flat } = this;
    for (let i = 0; i < flat.length; i += 2) yield [flat[i] ?? '', flat[i + 1] ?? ''];
  }

  /** Prometheus' notation: `metric{a="1",b="2"}`. */
  toString(): string {
    const name = this.metricName;
    const inner: string[] = [];
    for (const [key, value] of this) {
      if (key !== METRIC_NAME)
        inner.push(`${/^[a-zA-Z_]\w*$/.test(key) ? key : JSON.stringify(key)}=${JSON.stringify(value)}`);
    }
    if (inner.length === 0) return name === '' ? '{}' : name;
    return `${name}{${inner.join(', ')}}`;
  }
}

/** Order of label sets: name by name, then value by value, the shorter first; as Prometheus sorts results. */
export function compareLabels(a: Labels, b: Labels): number {
  const length = Math.min(a.flat.length, b.flat.length);
  for (let i = 0; i < length; i++) {
    const order = compareCodePoints(a.flat[i] ?? '', b.flat[i] ?? '');
    if (order !== 0) return order;
  }
  return a.flat.length - b.flat.length;
}

/** Order by code unit; locale plays no part. */
export function compareCodePoints(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** FNV-1a, 32 bits, over UTF-16 units, names and values set apart. */
function hashOf(flat: readonly string[]): number {
  let hash = -2128831035;
  for (const text of flat) {
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
    hash = Math.imul(hash ^ 0xffff, 16777619);
  }
  return hash;
}

function fingerprintOf(flat: readonly string[]): string {
  const hash = new Fnv1a64();
  for (const text of flat) {
    hash.text(text);
    hash.byte(0xff);
  }
  return hash.hex();
}
