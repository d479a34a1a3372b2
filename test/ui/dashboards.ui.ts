import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { interpolate } from '../../src/ui/dashboards/grafana';
import type { Dashboard } from '../../src/ui/dashboards/grafana';
import { freePort, temporaryFolder } from '../harness/served-stack';
import { launch, open, PATIENCE, suite } from './browser';
import { visit } from './visit';

const root = join(__dirname, '..', '..');
const cli = join(process.env['DIST_UNDER_TEST'] ?? join(root, 'dist'), 'cli', 'main.js');
const folder = temporaryFolder();
const boards = readdirSync(join(root, 'dashboards'))
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(join(root, 'dashboards', name), 'utf8')) as Dashboard);

suite('the dashboards while the demo plays', () => {
  let demo: ChildProcess | undefined;
  let browser: Browser | undefined;
  let url = '';
  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const child = spawn(process.execPath, [cli, 'demo', '--port', String(port)], { cwd: folder });
    demo = child;
    let output = '';
    await new Promise<void>((resolve, reject) => {
      const look = (chunk: Buffer): void => {
        output += chunk.toString();
        if (output.includes('stack stays up')) resolve();
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      child.once('exit', () => reject(new Error(`the demo ended:\n${output}`)));
    });
    browser = await launch();
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    demo?.removeAllListeners('exit');
    demo?.kill();
  });

  it.each(boards.map((board) => [board.uid, board] as const))(
    '%s: every query returns data',
    async (_uid, board) => {
      const values: Record<string, string> = { datasource: 'telltale' };
      for (const { name } of board.templating?.list ?? []) values[name] ??= '.*';
      // A rate needs two scrapes: what happened first a moment ago has one.
      const limit = Date.now() + 90_000;
      let empty: readonly string[] = [];
      do {
        empty = await emptyPanels(url, board, values);
        if (empty.length > 0) await new Promise((resolve) => setTimeout(resolve, 3000));
      } while (empty.length > 0 && Date.now() < limit);
      expect(empty).toEqual([]);
    },
    120_000,
  );

  it.each([
    [
      'a click',
      async (page: Page, mark: Locator) => {
        const box = await mark.boundingBox();
        if (box === null) throw new Error('the exemplar is not drawn');
        // Where a person would: nothing may lie over it.
        await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
      },
    ],
    [
      'the keyboard',
      async (page: Page, mark: Locator) => {
        await mark.focus();
        await page.keyboard.press('ArrowLeft');
        await page.keyboard.press('Enter');
      },
    ],
  ])(
    '%s on an exemplar of a chart opens its trace',
    async (_way, act) => {
      if (browser === undefined) throw new Error('no browser');
      await visit(browser, { baseURL: url, viewport: { width: 1280, height: 900 } }, async (page) => {
        await open(page, '/dashboards/telltale-assistant?from=now-15m', 6 * PATIENCE);
        const card = page.locator('section.card', {
          has: page.getByRole('heading', { name: 'Latency by stage, p95' }),
        });
        // It has the tab stop of the chart's exemplars.
        const mark = card.locator('a.chart-mark[tabindex="0"]');
        await mark.waitFor({ timeout: 6 * PATIENCE });
        // Nothing moves from here on.
        await page.goto(`${page.url()}&refresh=off`);
        await mark.waitFor({ timeout: 6 * PATIENCE });
        for (const each of await card.locator('a.chart-mark').all())
          expect(await each.getAttribute('aria-label')).toMatch(/^Open trace [0-9a-f]{8}: .+ at \d/);
        await mark.scrollIntoViewIfNeeded();
        await act(page, mark);
        await page.waitForURL((at) => /^\/trace\/[0-9a-f]{32}$/.test(at.pathname));
        await page
          .getByRole('treeitem')
          .first()
          .waitFor({ timeout: 6 * PATIENCE });
      });
    },
    600_000,
  );

  it('is drawn without a complaint', async () => {
    if (browser === undefined) throw new Error('no browser');
    for (const { uid, title } of boards)
      await visit(browser, { baseURL: url }, async (page) => {
        // The stack, the assistant and its workload run beside it.
        await open(page, `/dashboards/${uid}`, 6 * PATIENCE);
        await page.getByRole('heading', { level: 2, name: title }).waitFor();
        expect(await page.locator('.chart canvas, .big, .gauge-row, tbody tr').count()).toBeGreaterThan(3);
      });
  }, 600_000);
});

/** Titles of panels whose query answers with nothing in the last ten minutes. */
async function emptyPanels(url: string, board: Dashboard, values: Readonly<Record<string, string>>): Promise<string[]> {
  const to = Date.now();
  const range = { from: to - 600_000, to };
  const empty: string[] = [];
  for (const panel of board.panels)
    for (const target of panel.targets ?? []) {
      const parameters = new URLSearchParams({
        query: interpolate(target.expr, values, range, 15),
        start: String(range.from / 1000),
        end: String(range.to / 1000),
        step: '15',
      });
      const answer = await fetch(`${url}/api/v1/query_range?${parameters}`);
      expect({ panel: panel.title, status: answer.status }).toEqual({ panel: panel.title, status: 200 });
      const { data } = (await answer.json()) as { data: { result: unknown[] } };
      if (data.result.length === 0) empty.push(`${panel.title} ${target.refId}`);
    }
  return empty;
}
