import { ManualClock } from '../../base/testing/manual-clock';
import { Labels } from '../../domain/labels';
import { promqlConfig, PromqlEngine } from '../../promql';
import { MemorySeriesStore } from '../../storage';
import { readAlerts } from './alert-facts';
import { Ask } from './ask';

const START = Date.UTC(2026, 10, 2);
const MINUTE = 60_000;
const period = { start: START, end: START + 120 * MINUTE };

test('alerts are told with their firings, hold and how often somebody took them up', async () => {
  const store = new MemorySeriesStore();
  const labels = Labels.of({ __name__: 'ALERTS', alertname: 'Slow', alertstate: 'firing' });
  // Two firings of ten minutes, an hour apart.
  const minutes = [
    ...Array.from({ length: 10 }, (_, index) => index),
    ...Array.from({ length: 10 }, (_, index) => 60 + index),
  ];
  await store.append(minutes.map((minute) => ({ labels, t: START + minute * MINUTE, value: 1 })));
  const ask = new Ask(new PromqlEngine(store, new ManualClock(period.end), promqlConfig.parse({})));
  const asked: unknown[] = [];
  const alerts = await readAlerts(ask, period, {
    rules: () =>
      Promise.resolve([
        { name: 'Slow', forMs: 5 * MINUTE },
        { name: 'Never', forMs: 0 },
      ]),
    acknowledged: (of) => {
      asked.push(of);
      return Promise.resolve(new Map([['Slow', 1]]));
    },
  });
  expect(asked).toEqual([period]);
  expect(alerts).toMatchObject([
    { name: 'Slow', forMs: 5 * MINUTE, acknowledged: 1, episodes: [{ start: START }, { start: START + 60 * MINUTE }] },
    { name: 'Never', episodes: [], forMs: 0 },
  ]);
  const [unknown] = await readAlerts(ask, period, undefined);
  expect(unknown).not.toHaveProperty('acknowledged');
});
