import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../../base/logger';
import { noTelemetry } from '../../../base/telemetry';
import { ManualClock } from '../../../base/testing/manual-clock';
import type { IncomingSample, SeriesWriter } from '../../../storage';
import { ScrapeFailedError } from '../errors';
import { scrapeConfig } from '../series.config';
import { Scraper } from './scraper';

/** Keeps what is written, as text. */
class Notebook implements SeriesWriter {
  lines: string[] = [];

  append(samples: readonly IncomingSample[]): ReturnType<SeriesWriter['append']> {
    for (const { labels, value, stale } of samples) {
      if (/^scrape_(?:duration|samples_post|series)/.test(labels.metricName)) continue;
      this.lines.push(`${labels.toString()} ${stale ? 'stale' : value}`);
    }
    return Promise.resolve({ appended: samples.length, refused: {}, examples: {} });
  }

  describe(): void {
    // Names are not looked at here.
  }

  take(): string[] {
    const { lines } = this;
    this.lines = [];
    return lines.sort();
  }
}

function setUp(jobs: unknown, directory = '.') {
  const clock = new ManualClock();
  const notebook = new Notebook();
  const pages = new Map<string, string>();
  const scraper = new Scraper({
    config: scrapeConfig.parse({ jobs }),
    seriesStore: notebook,
    clock,
    logger: silentLogger,
    telemetry: noTelemetry,
    directory,
    fetchMetrics: (target) => {
      const text = pages.get(target.url);
      return text === undefined
        ? Promise.reject(new ScrapeFailedError('connection refused'))
        : Promise.resolve({ text, contentType: 'text/plain' });
    },
  });
  return { clock, notebook, pages, scraper };
}

test('a target is scraped each interval; what vanishes and what fails is marked', async () => {
  const { clock, notebook, pages, scraper } = setUp([
    { job_name: 'app', static_configs: [{ targets: ['host:1'], labels: { env: 'dev' } }] },
  ]);
  await scraper.start();
  const own = 'env="dev", instance="host:1", job="app"';
  pages.set('http://host:1/metrics', 'a 1\nb{job="theirs"} 2\n');
  await clock.advance(15_000);
  expect(notebook.take()).toEqual([
    `a{${own}} 1`,
    `b{env="dev", exported_job="theirs", instance="host:1", job="app"} 2`,
    `scrape_samples_scraped{${own}} 2`,
    `up{${own}} 1`,
  ]);
  pages.set('http://host:1/metrics', '# HELP a What it is.\n# TYPE a gauge\na 2\n');
  await clock.advance(15_000);
  expect(notebook.take()).toEqual([
    `a{${own}} 2`,
    `b{env="dev", exported_job="theirs", instance="host:1", job="app"} stale`,
    `scrape_samples_scraped{${own}} 1`,
    `up{${own}} 1`,
  ]);
  pages.delete('http://host:1/metrics');
  await clock.advance(15_000);
  expect(notebook.take()).toEqual([`a{${own}} stale`, `scrape_samples_scraped{${own}} 0`, `up{${own}} 0`]);
  // What it told of its metrics is kept.
  const metadata = new Map([['a', { type: 'gauge', help: 'What it is.', unit: '' }]]);
  expect(scraper.targets()).toMatchObject([{ health: 'down', lastError: 'connection refused', metadata }]);
  await scraper.stop();
  expect(clock.pending).toBe(0);
});

test('a text that cannot be read, and too many samples, fail the scrape', async () => {
  const { clock, notebook, pages, scraper } = setUp([
    { job_name: 'app', sample_limit: 1, static_configs: [{ targets: ['a:1', 'b:1'] }] },
  ]);
  pages.set('http://a:1/metrics', 'a{ 1\n');
  pages.set('http://b:1/metrics', 'a 1\nb 2\n');
  await scraper.start();
  await clock.advance(15_000);
  expect(notebook.take().filter((line) => line.startsWith('up'))).toEqual([
    'up{instance="a:1", job="app"} 0',
    'up{instance="b:1", job="app"} 0',
  ]);
  expect(scraper.targets().map(({ lastError }) => lastError)).toEqual([
    'line 1: expected a label name at column 4',
    '2 samples, at most 1 are taken',
  ]);
  await scraper.stop();
});

test('targets come and go with their files', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'telltale-targets-'));
  try {
    const file = join(directory, 'one.json');
    writeFileSync(file, JSON.stringify([{ targets: ['a:1'], labels: { zone: 'x', __metrics_path__: '/m' } }]));
    const { notebook, pages, scraper } = setUp(
      [{ job_name: 'sd', file_sd_configs: [{ files: ['*.json'] }] }],
      directory,
    );
    pages.set('http://a:1/m', 'a 1\n');
    await scraper.start();
    expect(scraper.targets().map(({ target }) => target.url)).toEqual(['http://a:1/m']);
    writeFileSync(file, 'not a list');
    await scraper.refresh();
    expect(scraper.targets()).toHaveLength(1);
    writeFileSync(file, '[]');
    await scraper.refresh();
    expect(scraper.targets()).toHaveLength(0);
    expect(notebook.take()).toContain('up{instance="a:1", job="sd", zone="x"} stale');
    await scraper.stop();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('targets and samples are relabelled', async () => {
  const { clock, notebook, pages, scraper } = setUp([
    {
      job_name: 'app',
      params: { module: ['a', 'b'] },
      static_configs: [{ targets: ['one:1', 'two:1'], labels: { __meta_zone: 'x' } }],
      relabel_configs: [
        { source_labels: ['__address__'], regex: 'two.*', action: 'drop' },
        { source_labels: ['__meta_zone'], target_label: 'zone' },
        { source_labels: ['__address__'], target_label: '__param_target' },
        { source_labels: ['__param_target'], target_label: 'instance' },
        { target_label: '__address__', replacement: 'exporter:9' },
        { target_label: '__scrape_interval__', replacement: '10s' },
      ],
      metric_relabel_configs: [
        { source_labels: ['__name__'], regex: 'noise_.*', action: 'drop' },
        { regex: 'secret', action: 'labeldrop' },
      ],
      sample_limit: 2,
      label_limit: 5,
    },
  ]);
  const url = 'http://exporter:9/metrics?module=a&module=b&target=one%3A1';
  pages.set(url, 'a{secret="s"} 1\nnoise_b 2\nnoise_c 3\n');
  await scraper.start();
  expect(scraper.targets().map(({ target }) => target.url)).toEqual([url]);
  expect(
    scraper
      .dropped()
      .get('app')
      ?.map((labels) => labels.get('__address__')),
  ).toEqual(['two:1']);
  await clock.advance(10_000);
  const own = 'instance="one:1", job="app", zone="x"';
  expect(notebook.take()).toEqual([`a{${own}} 1`, `scrape_samples_scraped{${own}} 3`, `up{${own}} 1`]);
  pages.set(url, 'a{x="1", y="2"} 1\n');
  await clock.advance(10_000);
  expect(notebook.take()).toEqual([`a{${own}} stale`, `scrape_samples_scraped{${own}} 1`, `up{${own}} 0`]);
  expect(scraper.targets()[0]?.lastError).toContain('has 6 labels, at most 5 are taken');
  await scraper.stop();
});
