import { sortInRuns } from '../../base/sort-in-runs';
import { compareLabels } from '../../domain/labels';
import { STALE_BITS } from '../../domain/staleness';
import { writeHistogram } from '../../ingest';
import { WireWriter } from '../../otlp';
import type { SeriesColumns } from '../../storage';

/** Samples that are encoded at once: well below a millisecond. */
const SAMPLES_AT_ONCE = 2_000;

/** Encodes a prometheus.ReadResponse of samples in parts, so that no turn is long; `pause` is called between any two. */
export class ReadResponseWriter {
  private readonly parts: Uint8Array[] = [];

  constructor(private readonly pause: () => Promise<void>) {}

  /** The answer to the next query. Columns are held across pauses. */
  async add(all: readonly SeriesColumns[]): Promise<void> {
    const parts: Uint8Array[] = [];
    const sorted = await sortInRuns(all, (a, b) => compareLabels(a.labels, b.labels), this.pause);
    for (const columns of sorted) {
      const series = await this.series(columns);
      parts.push(head(1, lengthOf(series)), ...series);
    }
    this.parts.push(head(1, lengthOf(parts)), ...parts);
  }

  /** The answer so far. */
  finish(): { readonly length: number; readonly parts: readonly Uint8Array[] } {
    return { length: lengthOf(this.parts), parts: this.parts };
  }

  /** A prometheus.TimeSeries: the labels, then samples by time, histograms in a field of their own. */
  private async series({
    labels,
    timestamps,
    values,
    from,
    to,
    stale,
    histograms,
  }: SeriesColumns): Promise<Uint8Array[]> {
    const parts: Uint8Array[] = [];
    let out = new WireWriter();
    for (const [name, value] of labels) {
      const at = out.begin(1);
      out.string(1, name);
      out.string(2, value);
      out.end(at);
    }
    for (let index = from, count = 1; index < to; index++, count++) {
      const t = timestamps[index] ?? 0;
      const histogram = histograms?.[index];
      const at = out.begin(histogram === undefined ? 2 : 4);
      if (histogram !== undefined) writeHistogram(out, histogram, t);
      else {
        if (stale?.[index] === 1) out.fixed64(1, STALE_BITS);
        else out.double(1, values[index] ?? 0);
        out.int64(2, t);
      }
      out.end(at);
      if (count % SAMPLES_AT_ONCE !== 0) continue;
      parts.push(out.finish());
      out = new WireWriter();
      await this.pause();
    }
    parts.push(out.finish());
    await this.pause();
    return parts;
  }
}

/** The head of a nested message of so many bytes. */
function head(field: number, length: number): Uint8Array {
  const out = new WireWriter(16);
  out.rawVarint((field << 3) | 2);
  out.rawVarint(length);
  return out.finish();
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
