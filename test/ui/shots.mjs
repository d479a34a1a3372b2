// Pictures of every page in both themes, wide and narrow, of a stack that plays its demo and of one without data:
//   node test/ui/shots.mjs FOLDER [PATTERN]
// Takes `dist` as it is built, or the build that DIST_UNDER_TEST names; PATTERN picks pages by name, SIZES=1280 THEMES=dark some of the looks.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const require = createRequire(import.meta.url);
require.extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    swcrc: false,
    module: { type: 'commonjs' },
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  });
  module._compile(code, filename);
};
const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const dist = process.env.DIST_UNDER_TEST ?? join(root, 'dist');
const { chromium } = require('playwright-core');
const { findProgram } = require('../harness/find-program.ts');
const { ALERTMANAGER, fill, RULES, SESSIONS, SPANS, TRACES } = require('./fixtures.ts');

const [folder = join(tmpdir(), 'telltale-shots'), pattern = ''] = process.argv.slice(2);
const only = new RegExp(pattern);
const SIZES = (process.env.SIZES ?? '1280,390').split(',').map(Number);
const THEMES = (process.env.THEMES ?? 'dark,light').split(',');
/** Long lists of which the top, or what was scrolled to, says enough. */
const IN_VIEW = /^(traces|sessions|alerts|rule)(-|$)/;

const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

/** Starts a verb that serves; resolves when its output shows `sign`. */
async function start(verb, args, cwd, sign) {
  const port = await freePort();
  const child = spawn(process.execPath, [join(dist, 'cli/main.js'), verb, '--port', String(port), ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  await new Promise((resolve, reject) => {
    const look = (chunk) => {
      output += chunk;
      if (sign.test(output)) resolve();
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.once('exit', () => reject(new Error(`${verb} ended:\n${output}`)));
  });
  return { url: `http://127.0.0.1:${port}`, end: () => child.kill() };
}

const json = async (url) => (await fetch(url)).json();

/** What there is to see in a stack that plays the demo. */
async function pagesOfDemo(url) {
  const { traces } = await json(`${url}/api/stack/traces?limit=20&minTokens=1`);
  const busy = [...traces].sort((a, b) => b.spanCount - a.spanCount)[0];
  const sessions = await json(`${url}/api/stack/sessions`);
  const boards = ['assistant', 'inference', 'tools', 'resources', 'alerts', 'stack'];
  return [
    ['overview', '/'],
    ['dashboards', '/dashboards'],
    ...boards.map((name) => [`dashboard-${name}`, `/dashboards/telltale-${name}`]),
    ['traces', '/traces'],
    ['traces-cut', '/traces?limit=5&from=now-1h'],
    ['traces-live', '/traces?live=1'],
    ['traces-none', '/traces?minCost=%2499'],
    ['traces-wrong', '/traces?q=%3Dx'],
    ['traces-completes', '/traces', (page) => page.getByLabel('Conditions').fill('gen_ai.re')],
    ['trace', `/trace/${busy?.traceId}`],
    ['trace-kinds', `/trace/${TRACES.assistant}`],
    ['trace-path', `/trace/${TRACES.assistant}?path=1&bars=cost&color=model`],
    [
      'trace-call',
      `/trace/${TRACES.assistant}?span=${SPANS.second}`,
      (page) => page.getByText('Show what was said').click(),
    ],
    ['trace-tool', `/trace/${TRACES.assistant}?span=${SPANS.failed}`],
    ['trace-compare', `/trace/${TRACES.assistant}?compare=${TRACES.slower}`],
    ['trace-large', `/trace/${TRACES.large}`],
    ['trace-gone', `/trace/${'e'.repeat(32)}`],
    ['sessions', '/sessions'],
    ['session', `/sessions/${encodeURIComponent(sessions[0]?.session ?? SESSIONS[0])}`],
    ['session-compare', `/sessions/${SESSIONS[0]}?compare=${SESSIONS[1]}`],
    ['session-gone', '/sessions/none'],
    ['alerts', '/alerts'],
    ['alerts-none', '/alerts?filter=zzzz'],
    ['notifications', '/alerts?tab=notifications'],
    ['silences', '/alerts?tab=silences'],
    ['receivers', '/alerts?tab=receivers'],
    ['history', '/alerts?tab=history'],
    ['explore', '/explore'],
    ['explore-graph', '/explore?q=sum%20by%20(stage)%20(rate(telltale_operations_total%5B1m%5D))'],
    ['explore-table', '/explore?q=telltale_operations_total&view=table'],
    ['explore-wrong', '/explore?q=rate(up%5B5m'],
    ['report', '/reports?from=now-1h'],
    ['limits', '/limits'],
    ['setup', '/setup'],
    ['help', '/', (page) => page.keyboard.press('?')],
    ['not-found-page', '/nothing-here/<b>at all</b>'],
    [
      'not-found',
      '/explore',
      (page) =>
        page.evaluate("history.pushState(null, '', '/nothing-here'); dispatchEvent(new PopStateEvent('popstate'))"),
    ],
  ];
}

const firing = '/alerts?rule=AlwaysFiring';
/** Of a stack with rules that surely fire, and receivers that take and refuse. */
const PAGES_OF_ALERTS = [
  ['rule', firing],
  ['rule-threshold', '/alerts?rule=TooMany'],
  ['rule-quiet', '/alerts?rule=Quiet'],
  ['rule-file', '/alerts?rule=TooMany&view=file'],
  ['rule-backtest', '/alerts?rule=TooMany&view=backtest&days=6+hours'],
  ['rule-silence', firing, (page) => page.getByRole('button', { name: 'Silence …' }).first().click()],
  ['rule-why', firing, (page) => page.getByRole('button', { name: 'Why (not)' }).first().click()],
  ['fires-notifications', '/alerts?tab=notifications'],
  ['fires-silences', '/alerts?tab=silences'],
  [
    'fires-receivers',
    '/alerts?tab=receivers',
    (page) => page.getByRole('button', { name: 'Send a test' }).first().click(),
  ],
  ['fires-history', '/alerts?tab=history'],
];

const PAGES_WITHOUT_DATA = [
  ...['', 'dashboards', 'traces', 'sessions', 'alerts', 'explore', 'reports', 'limits', 'setup'].map((path) => [
    `empty-${path || 'overview'}`,
    `/${path}`,
  ]),
  ...['', 'traces', 'sessions', 'alerts', 'reports', 'limits'].map((path) => [
    `loading-${path || 'overview'}`,
    `/${path}`,
    'never',
  ]),
  ...['', 'traces', 'sessions', 'alerts', 'reports', 'limits', 'dashboards/telltale-assistant'].map((path) => [
    `error-${path.split('/')[0] || 'overview'}`,
    `/${path}`,
    'refused',
  ]),
];

/** One page as it settles; what loads is given half a minute. */
async function shoot(context, name, path, act) {
  const page = await context.newPage();
  try {
    page.setDefaultTimeout(60_000);
    if (act === 'never') await page.route(/\/api\//, () => undefined);
    if (act === 'refused')
      await page.route(/\/api\//, (route) =>
        route.fulfill({ status: 503, json: { error: 'the store is busy: ask again' } }),
      );
    await page.goto(path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForTimeout(700);
    for (let turns = 0; act !== 'never' && turns < 300 && (await page.locator('.loading').count()) > 0; turns++)
      await page.waitForTimeout(100);
    if (typeof act === 'function') await act(page).catch((error) => console.log(name, String(error).split('\n')[0]));
    await page.waitForTimeout(600);
    const picture = await page.screenshot({ fullPage: !IN_VIEW.test(name), timeout: 60_000 });
    const wide = await page.evaluate('document.documentElement.scrollWidth');
    return { picture, wide };
  } finally {
    await page.close();
  }
}

mkdirSync(folder, { recursive: true });
const home = mkdtempSync(join(tmpdir(), 'telltale-shots-'));
writeFileSync(join(home, 'telltale.yaml'), 'otlp:\n  redaction:\n    content: keep\n');
const empty = mkdtempSync(join(tmpdir(), 'telltale-shots-'));
const folders = [home, empty];
const served = [];
const browser = await chromium.launch({
  executablePath: findProgram('chromium', 'chromium-browser', 'google-chrome'),
  args: ['--no-sandbox', '--disable-dev-shm-usage'],
});
try {
  const demo = await start('demo', [], home, /stack stays up/);
  served.push(demo);
  await fill(demo.url);
  const rules = mkdtempSync(join(tmpdir(), 'telltale-shots-'));
  folders.push(rules);
  writeFileSync(join(rules, 'ui.rules.yaml'), RULES);
  writeFileSync(join(rules, 'alertmanager.yml'), ALERTMANAGER);
  const fires = await start(
    'serve',
    ['--data', rules, '--no-otlp-ports', '--rules', 'ui.rules.yaml', '--alertmanager-config', 'alertmanager.yml'],
    rules,
    /127\.0\.0\.1/,
  );
  served.push(fires);
  const bare = await start('serve', ['--data', empty, '--no-otlp-ports'], empty, /127\.0\.0\.1/);
  served.push(bare);
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const lists = [
    [demo.url, await pagesOfDemo(demo.url)],
    [fires.url, PAGES_OF_ALERTS],
    [bare.url, PAGES_WITHOUT_DATA],
  ];
  for (const [baseURL, pages] of lists)
    for (const width of SIZES)
      for (const colorScheme of THEMES) {
        const context = await browser.newContext({
          baseURL,
          colorScheme,
          bypassCSP: true,
          viewport: { width, height: width === 390 ? 1200 : 1000 },
        });
        for (const [name, path, act] of pages.filter(([each]) => only.test(each))) {
          try {
            const { picture, wide } = await shoot(context, name, path, act);
            writeFileSync(join(folder, `${name}.${width}.${colorScheme}.png`), picture);
            if (wide > width) console.log(`${name}: ${wide} pixels wide at ${width}`);
          } catch (error) {
            console.log(`${name}: ${String(error).split('\n')[0]}`);
          }
        }
        await context.close();
      }
  if (process.env.STAY) await new Promise((resolve) => process.once('SIGINT', resolve));
} finally {
  await browser.close();
  for (const each of served) each.end();
  for (const each of folders) rmSync(each, { recursive: true, force: true });
}
