import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock';
import { silentLogger } from '../../src/base/logger';
import { noTelemetry } from '../../src/base/telemetry';
import { Matcher } from '../../src/domain/matcher';
import { RemoteWriteReceiver } from '../../src/ingest';
import { TsdbSeriesStore, tsdbConfig } from '../../src/tsdb';

const version = spawnSync('prometheus', ['--version'], { encoding: 'utf8' });
const installed = version.error === undefined;
if (!installed) console.log('skipped: no prometheus on PATH');
const second = /version 3\./.test(version.stdout ?? '');

const PAGE = `# HELP work_total Work done.
# TYPE work_total counter
work_total{kind="a"} 41
# TYPE seconds histogram
seconds_bucket{le="0.5"} 1
seconds_bucket{le="+Inf"} 2
seconds_sum 1.5
seconds_count 2
`;

(installed ? test : test.skip).each([
  { message: 'prometheus.WriteRequest', runs: true },
  { message: 'io.prometheus.write.v2.Request', runs: second },
])(
  'Prometheus writes $message to us, exactly',
  async ({ message, runs }) => {
    if (!runs) {
      console.log(`skipped: this Prometheus does not send ${message}`);
      return;
    }
    const directory = mkdtempSync(join(tmpdir(), 'telltale-peer-'));
    const store = new TsdbSeriesStore({
      dataDir: directory,
      clock: systemClock,
      logger: silentLogger,
      telemetry: noTelemetry,
      config: tsdbConfig.parse({}),
    });
    await store.start();
    const receiver = new RemoteWriteReceiver({ seriesStore: store, telemetry: noTelemetry, logger: silentLogger });
    const types = new Set<string>();
    const statuses = new Set<number>();
    let page = PAGE;
    const server = createServer((request, response) => {
      if (request.url === '/metrics') {
        response.setHeader('content-type', 'text/plain; version=0.0.4');
        response.end(page);
        return;
      }
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const type = request.headers['content-type'] ?? '';
        types.add(type);
        void receiver.receive(type, request.headers['content-encoding'] ?? '', Buffer.concat(parts)).then((answer) => {
          statuses.add(answer.status);
          response.writeHead(answer.status, answer.headers).end(answer.text);
        });
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const config = join(directory, 'prometheus.yml');
    writeFileSync(config, configOf(port, message, second));
    const peer = spawn('prometheus', [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, 'peer')}`,
      '--web.listen-address=127.0.0.1:0',
      '--log.level=error',
    ]);
    try {
      const select = async (name: string) =>
        store.select([new Matcher('__name__', '=', name)], systemClock.now() - 60_000, systemClock.now());
      await until(async () => ((await select('work_total'))[0]?.to ?? 0) >= 3);
      const [work] = await select('work_total');
      expect(work?.labels.toString()).toBe(`work_total{instance="127.0.0.1:${port}", job="app", kind="a"}`);
      expect(work?.values[work.from]).toBe(41);
      expect((await select('seconds_bucket')).map(({ labels }) => labels.get('le')).sort()).toHaveLength(2);
      page = PAGE.replace(/^work_total.*\n/m, '');
      await until(async () => {
        const [ended] = await select('work_total');
        return ended?.stale?.[ended.to - 1] === 1;
      });
      expect([...statuses]).toEqual([204]);
      expect([...types].join()).toContain(message === 'prometheus.WriteRequest' ? 'application/x-protobuf' : message);
    } finally {
      const gone = new Promise((resolve) => peer.on('close', resolve));
      peer.kill('SIGTERM');
      await gone;
      server.closeAllConnections();
      server.close();
      await store.stop();
      rmSync(directory, { recursive: true, force: true });
    }
  },
  120_000,
);

function configOf(port: number, message: string, withMessage: boolean): string {
  return `global: {scrape_interval: 1s}
scrape_configs:
  - job_name: app
    static_configs: [{targets: ['127.0.0.1:${port}']}]
remote_write:
  - url: http://127.0.0.1:${port}/api/v1/write
    ${withMessage ? `protobuf_message: ${message}` : ''}
    queue_config: {batch_send_deadline: 500ms}
`;
}

async function until(done: () => Promise<boolean>): Promise<void> {
  const deadline = systemClock.elapsed() + 60_000;
  while (!(await done())) {
    if (systemClock.elapsed() > deadline) throw new Error('it did not come to pass within a minute');
    await systemClock.sleep(200);
  }
}
