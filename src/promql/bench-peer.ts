import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { EpochMillis, Millis } from '../base/clock';
import { systemClock } from '../base/clock';
import type { SeriesColumns } from '../storage';

/** Linux counts processor time in hundredths of a second. */
const TICK: Millis = 10;

/** A Prometheus server over given series, for measuring beside our own engine. */
export class BenchPeer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly url: string,
  ) {}

  /** Starts the server; undefined when no Prometheus is installed. */
  static async start(all: readonly SeriesColumns[], searchPath: string): Promise<BenchPeer | undefined> {
    const find = (name: string): string | undefined =>
      searchPath
        .split(delimiter)
        .map((own) => join(own, name))
        .find((path) => existsSync(path));
    const [prometheus, promtool] = [find('prometheus'), find('promtool')];
    if (prometheus === undefined || promtool === undefined) return undefined;
    const folder = mkdtempSync(join(tmpdir(), 'promql-bench-'));
    writeOpenMetrics(join(folder, 'data.om'), all);
    writeFileSync(join(folder, 'prometheus.yml'), 'global: {}\n');
    const tsdb = join(folder, 'tsdb');
    execFileSync(promtool, ['tsdb', 'create-blocks-from', 'openmetrics', join(folder, 'data.om'), tsdb], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    rmSync(join(folder, 'data.om'));
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const flags = [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${tsdb}`,
      '--storage.tsdb.retention.time=100y',
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ];
    const child = spawn(prometheus, flags, { stdio: 'ignore' });
    for (let attempt = 0; attempt < 600; attempt++) {
      const ready = await fetch(`${url}/-/ready`).catch(() => undefined);
      if (ready?.ok === true) break;
      await systemClock.sleep(100);
    }
    return new BenchPeer(child, folder, url);
  }

  async query(expr: string, at: EpochMillis): Promise<string> {
    const body = new URLSearchParams({ query: expr, time: String(at / 1000) });
    return (await fetch(`${this.url}/api/v1/query`, { method: 'POST', body })).text();
  }

  async range(expr: string, start: EpochMillis, end: EpochMillis, step: Millis): Promise<string> {
    const body = new URLSearchParams({
      query: expr,
      start: String(start / 1000),
      end: String(end / 1000),
      step: String(step / 1000),
    });
    return (await fetch(`${this.url}/api/v1/query_range`, { method: 'POST', body })).text();
  }

  /** Processor time that the server has used so far. */
  get cpu(): Millis {
    const stat = readFileSync(`/proc/${this.child.pid ?? 0}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function writeOpenMetrics(path: string, all: readonly SeriesColumns[]): void {
  const byName = new Map<string, SeriesColumns[]>();
  for (const own of all) {
    const list = byName.get(own.labels.metricName);
    if (list === undefined) byName.set(own.labels.metricName, [own]);
    else list.push(own);
  }
  const file = openSync(path, 'w');
  for (const [name, list] of byName) {
    writeSync(file, `# TYPE ${name} unknown\n`);
    for (const { labels, timestamps, values, to } of list) {
      const text = labels.toString().replaceAll('", ', '",');
      let lines = '';
      for (let i = 0; i < to; i++) lines += `${text} ${values[i] ?? 0} ${(timestamps[i] ?? 0) / 1000}\n`;
      writeSync(file, lines);
    }
  }
  writeSync(file, '# EOF\n');
  closeSync(file);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
