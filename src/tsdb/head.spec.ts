import { ManualClock } from '../base/testing/manual-clock';
import { Labels } from '../domain/labels';
import { Matcher, matchesAll } from '../domain/matcher';
import { Head } from './head';
import type { MemSeries } from './mem-series';
import { Slices } from '../base/slices';

/** A stopwatch on which every look takes long: work gives way as often as it can. */
class SlowClock extends ManualClock {
  private looks = 0;

  override elapsed(): number {
    return 100 * this.looks++;
  }
}

function newHead(): Head {
  return new Head({
    outOfOrderWindow: 0,
    maxSeries: 1e6,
    maxSeriesPerMetric: 1e6,
    maxLabelsPerSeries: 60,
    maxLabelValueLength: 4096,
  });
}

const labelsOf = (i: number): Labels => Labels.of({ __name__: `m${i % 2}`, id: String(i), job: `j${i % 7}` });

describe('selecting in slices', () => {
  test.each([
    { name: 'by name', matchers: [new Matcher('__name__', '=', 'm1')] },
    { name: 'by a pattern of many values', matchers: [new Matcher('id', '=~', '.*[13579]')] },
    {
      name: 'by two lists and a test of each',
      matchers: [
        new Matcher('__name__', '=', 'm1'),
        new Matcher('job', '=~', 'j[0-3]'),
        new Matcher('zone', '!=', 'a'),
      ],
    },
    { name: 'without any index', matchers: [new Matcher('zone', '=', '')] },
  ])('$name: series that come and go meanwhile are in the answer or not, as they should', async ({ matchers }) => {
    const head = newHead();
    const all: MemSeries[] = [];
    for (let i = 0; i < 5000; i++) all.push(head.add(labelsOf(i)));
    let turns = 0;
    const clock = new SlowClock();
    const slices = new Slices(clock);
    const selecting = head.selectInSlices(matchers, slices);
    while (turns < 3) {
      await new Promise((resolve) => setImmediate(resolve));
      all.push(head.add(labelsOf(all.length)));
      if (turns++ === 1) head.drop(all.slice(0, 100));
    }
    const expected = (): number[] =>
      all.filter((series) => !series.dropped && matchesAll(matchers, series.labels)).map(({ id }) => id);
    const selected = await selecting;
    // What goes after the answer was made may be in it.
    expect(selected.filter(({ dropped }) => !dropped).map(({ id }) => id)).toEqual(expected());
    // What is remembered is kept up.
    head.select(matchers);
    all.push(head.add(labelsOf(all.length)), head.add(labelsOf(all.length + 1)));
    expect(head.selected(matchers)?.map(({ id }) => id)).toEqual(expected());
    expect(head.select(matchers).map(({ id }) => id)).toEqual(expected());
  });
});
