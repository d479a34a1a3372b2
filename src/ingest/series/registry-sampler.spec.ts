import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { silentLogger } from '../../base/logger';
import { ManualClock } from '../../base/testing/manual-clock';
import type { IncomingSample, SeriesWriter } from '../../storage';
import { RegistrySampler } from './registry-sampler';

test('a registry is sampled without text; series that go are marked', async () => {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({ name: 'requests_total', help: 'Requests.', labelNames: ['code'], registers });
  const size = new Gauge({ name: 'size', help: 'Size.', registers });
  const seconds = new Histogram({ name: 'seconds', help: 'Time.', buckets: [0.5, 1], registers });
  const written: IncomingSample[] = [];
  const names: string[] = [];
  const seriesStore: SeriesWriter = {
    append: (samples) => {
      written.push(...samples);
      return Promise.resolve({ appended: samples.length, refused: {}, examples: {} });
    },
    describe: (metadata) => names.push(...[...metadata].map(([name, { type, help }]) => `${name} ${type} ${help}`)),
  };
  const clock = new ManualClock();
  const labels = { job: 'telltale', instance: 'i' };
  const sampler = new RegistrySampler({ registry, seriesStore, clock, logger: silentLogger, interval: 1000, labels });
  sampler.start();

  requests.inc({ code: '200' }, 3);
  size.set(7);
  seconds.observe(0.7);
  await clock.advance(1000);
  const text = ({ labels: of, value, stale }: IncomingSample): string => `${of.toString()} ${stale ? 'stale' : value}`;
  expect(written.splice(0).map(text)).toEqual([
    'requests_total{code="200", instance="i", job="telltale"} 3',
    'size{instance="i", job="telltale"} 7',
    'seconds_bucket{instance="i", job="telltale", le="0.5"} 0',
    'seconds_bucket{instance="i", job="telltale", le="1.0"} 1',
    'seconds_bucket{instance="i", job="telltale", le="+Inf"} 1',
    'seconds_sum{instance="i", job="telltale"} 0.7',
    'seconds_count{instance="i", job="telltale"} 1',
  ]);
  expect(names).toEqual(['requests_total counter Requests.', 'size gauge Size.', 'seconds histogram Time.']);

  requests.reset();
  await clock.advance(1000);
  expect(written.splice(0).map(text)).toContain('requests_total{code="200", instance="i", job="telltale"} stale');
  await sampler.stop();
  expect(clock.pending).toBe(0);
});
