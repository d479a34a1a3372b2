import { ManualClock } from '../../base/testing/manual-clock';
import { Labels } from '../../domain/labels';
import { promqlConfig, PromqlEngine } from '../../promql';
import { MemorySeriesStore } from '../../storage';
import { StackFacts } from '../stack-facts';
import { arrayLedger, arraySpans } from './array-stores';
import type { Week } from './week';

/** The facts of a generated week, read through stores as a running stack would. */
export async function factsOf(week: Week): Promise<StackFacts> {
  const series = new MemorySeriesStore();
  const known = new Map<string, Labels>();
  const labelsOf = (labels: Readonly<Record<string, string>>): Labels => {
    const key = JSON.stringify(labels);
    const made = known.get(key) ?? Labels.of(labels);
    known.set(key, made);
    return made;
  };
  await series.append(week.samples.map(({ labels, t, value }) => ({ labels: labelsOf(labels), t, value })));
  const engine = new PromqlEngine(series, new ManualClock(week.end), promqlConfig.parse({}));
  return new StackFacts({ ledger: arrayLedger(week.calls), spans: arraySpans(week.spans), engine });
}
