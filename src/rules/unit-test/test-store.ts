import type { EpochMillis } from '../../base/clock';
import { METRIC_NAME } from '../../domain/labels';
import type { Matcher } from '../../domain/matcher';
import type { AppendOutcome, IncomingSample, SelectHints, SeriesColumns } from '../../storage';
import { MemorySeriesStore } from '../../storage/memory';

/** The store of one test: series in memory, by metric name, so that a selector only looks at its own. */
export class TestSeriesStore extends MemorySeriesStore {
  private readonly parts = new Map<string, MemorySeriesStore>();

  override async append(samples: readonly IncomingSample[]): Promise<AppendOutcome> {
    const byName = new Map<string, IncomingSample[]>();
    for (const sample of samples) {
      const name = sample.labels.metricName;
      const own = byName.get(name);
      if (own === undefined) byName.set(name, [sample]);
      else own.push(sample);
    }
    let appended = 0;
    const refused: Record<string, number> = {};
    const examples: Record<string, string> = {};
    for (const [name, own] of byName) {
      let part = this.parts.get(name);
      if (part === undefined) this.parts.set(name, (part = new MemorySeriesStore()));
      const outcome = await part.append(own);
      appended += outcome.appended;
      for (const [reason, count] of Object.entries(outcome.refused)) refused[reason] = (refused[reason] ?? 0) + count;
      Object.assign(examples, outcome.examples);
    }
    return { appended, refused, examples };
  }

  override select(
    matchers: readonly Matcher[],
    start: EpochMillis,
    end: EpochMillis,
    hints: SelectHints = {},
  ): SeriesColumns[] {
    const name = matchers.find((matcher) => matcher.name === METRIC_NAME && matcher.operator === '=')?.value;
    if (name !== undefined) return this.parts.get(name)?.select(matchers, start, end, hints) ?? [];
    return [...this.parts.values()].flatMap((part) => part.select(matchers, start, end, hints));
  }
}
