// Alerting on SQLite state with a bare HTTP intake, to be killed: node alerting-child.mjs <dist> <data folder> <webhook> <port>
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [, , dist, dataDir, webhook, port] = process.argv;
const require = createRequire(import.meta.url);
const { Alerting, alertingConfig } = require(join(dist, 'alerting'));
const { SqliteStateStore } = require(join(dist, 'spandb'));
const { systemClock } = require(join(dist, 'base', 'clock'));
const { systemRandom } = require(join(dist, 'base', 'ids'));
const { silentLogger } = require(join(dist, 'base', 'logger'));
const { noTelemetry } = require(join(dist, 'base', 'telemetry'));
const { readAlerts } = require(join(dist, 'http', 'alertmanager', 'requests'));

const state = new SqliteStateStore({ dataDir, clock: systemClock, logger: silentLogger });
await state.start();
const alerting = new Alerting({
  state,
  clock: systemClock,
  logger: silentLogger,
  telemetry: noTelemetry,
  random: systemRandom,
  config: alertingConfig.parse({
    delivery: { timeout: '500ms', initialBackoff: '20ms', maxBackoff: '200ms', openAfter: 3 },
    receiverFailingAfter: 0,
  }),
  externalUrl: 'http://telltale.example',
  directory: dataDir,
  alertmanagerFile: {
    path: join(dataDir, 'alertmanager.yml'),
    text: `{route: {receiver: hook, group_by: [alertname], group_wait: 50ms, group_interval: 100ms, repeat_interval: 1h}, receivers: [{name: hook, webhook_configs: [{url: '${webhook}'}]}]}`,
  },
});
await alerting.start();
createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    alerting
      .post(readAlerts(JSON.parse(Buffer.concat(chunks).toString('utf8'))))
      .then(() => response.end('ok'))
      .catch((error) => response.writeHead(500).end(String(error)));
  });
}).listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'));
