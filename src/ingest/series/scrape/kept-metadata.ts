import type { MetricMetadata } from '../../../domain/sample';

/** So many names are shared between targets. */
const MAX_SHARED = 20_000;

/** What targets tell of their metrics, kept: targets of one program tell the same, which is then there once. */
export class KeptMetadata {
  private readonly shared = new Map<string, { readonly name: string; readonly entry: MetricMetadata }>();

  /** A copy that keeps nothing alive of the text that it was read from. */
  keep(metadata: ReadonlyMap<string, MetricMetadata>): Map<string, MetricMetadata> {
    const kept = new Map<string, MetricMetadata>();
    for (const [name, entry] of metadata) {
      let known = this.shared.get(name);
      if (known === undefined || !isSame(known.entry, entry)) {
        known = { name: copyOf(name), entry: { type: entry.type, help: copyOf(entry.help), unit: copyOf(entry.unit) } };
        if (this.shared.size >= MAX_SHARED) this.shared.clear();
        this.shared.set(known.name, known);
      }
      kept.set(known.name, known.entry);
    }
    return kept;
  }
}

function isSame(a: MetricMetadata, b: MetricMetadata): boolean {
  return a.type === b.type && a.help === b.help && a.unit === b.unit;
}

/** A string of its own: a slice would keep the whole text. */
function copyOf(text: string): string {
  return Buffer.from(text).toString();
}
