import type { Page } from 'playwright-core';
import { temporaryFolder } from '../harness/served-stack';
import { open, suite } from './browser';
import { TRACES } from './fixtures';
import { queryOf, visit } from './visit';
import { serveUi } from './served-ui';

const folder = temporaryFolder();

/** A shipped kind of annotation: the address of the stack is filled in when the alert fires. */
const WITH_RUNBOOK = `groups:
  - name: runbook
    rules:
      - alert: PoolExhausted
        expr: vector(0) > 1
        annotations: { runbook_url: '{{ $externalURL }}/runbooks/PoolExhausted' }
`;

/** One series with a name, whatever the stack holds. */
const NAMED = 'label_replace(vector(1), "kind", "one", "", "")';

suite('what every page has', () => {
  const served = serveUi(folder, { '--rules': { name: 'runbook.yaml', text: WITH_RUNBOOK } }, { large: false });
  const look = (path: string, check: (page: Page) => Promise<void>) =>
    visit(served.browser, { baseURL: served.stack.url, timezoneId: 'Asia/Kolkata' }, async (page) => {
      await open(page, path);
      await check(page);
    });

  it('goes anywhere by a few letters', () =>
    look('/', async (page) => {
      await page.keyboard.press('Control+k');
      const field = page.getByRole('combobox', { name: 'Go to or do' });
      await field.fill('exhausted rule');
      await page.getByRole('option', { name: 'PoolExhausted' }).waitFor();
      await page.keyboard.press('Enter');
      await page.waitForURL((url) => url.pathname === '/alerts' && url.searchParams.get('rule') === 'PoolExhausted');
      await page.keyboard.press('Control+k');
      await field.fill(TRACES.assistant);
      await page.keyboard.press('Enter');
      await page.waitForURL(`**/trace/${TRACES.assistant}*`);
      await page.keyboard.press('Control+k');
      await field.fill('e');
      const before = await page.locator('[role=option][aria-selected=true]').textContent();
      await page.keyboard.press('ArrowDown');
      expect(await page.locator('[role=option][aria-selected=true]').textContent()).not.toBe(before);
      await page.keyboard.press('Escape');
      await field.waitFor({ state: 'detached' });
    }));

  it('copies a link that shows the same later', () =>
    look('/explore?q=up&from=now-1h', async (page) => {
      await page.getByRole('button', { name: 'Copy link' }).click();
      await page.getByRole('button', { name: 'Copied' }).waitFor();
      const copied = new URL(await page.evaluate<string>('navigator.clipboard.readText()'));
      expect(copied.searchParams.get('q')).toBe('up');
      const [from, to] = ['from', 'to'].map((name) => Number(copied.searchParams.get(name)));
      expect((to ?? 0) - (from ?? 0)).toBe(3_600_000);
    }));

  it('tells instants with their zone, and as how long ago', () =>
    look(`/trace/${TRACES.assistant}`, async (page) => {
      const time = page.locator('header time');
      expect(await time.getAttribute('title')).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \+05:30\n/);
      expect(await time.textContent()).toMatch(/^\d\d:\d\d:\d\d$/);
      await page.keyboard.press('t');
      await page.locator('header time', { hasText: / ago$/ }).waitFor();
      await page.reload();
      await page.locator('header time', { hasText: / ago$/ }).waitFor();
    }));

  it('leads from a number to its query, and from a rule to its own', () =>
    look('/', async (page) => {
      await page.getByRole('link', { name: /Model inference/ }).click();
      await page.waitForURL((url) => url.pathname === '/explore' && /quantile/.test(url.searchParams.get('q') ?? ''));
      await page.goto('/alerts?rule=PoolExhausted');
      await page.getByRole('link', { name: 'query', exact: true }).first().click();
      await page.waitForURL((url) => url.searchParams.get('q') === 'vector(0) > 1');
    }));

  it('leads from a rule to its runbook, whether it fires or not', () =>
    look('/alerts?rule=PoolExhausted', async (page) => {
      const href = await page.getByRole('link', { name: 'Runbook' }).getAttribute('href');
      expect(href).toBe(`${served.stack.url}/runbooks/PoolExhausted`);
      expect((await fetch(href ?? '')).status).toBe(200);
    }));

  it('makes a report once, and again on request', () =>
    look('/', async (page) => {
      let made = 0;
      page.on('request', (request) => (made += new URL(request.url()).pathname === '/api/stack/reports' ? 1 : 0));
      await page.goto('/reports?from=now-1h');
      await page.getByText('Reading every model call').waitFor();
      await page.getByRole('heading', { name: 'What to do' }).waitFor({ timeout: 50_000 });
      await page.getByRole('link', { name: 'Limits' }).click();
      await page.getByText('Spans sampled out').waitFor();
      await page.getByRole('link', { name: 'Report', exact: true }).click();
      await page.getByRole('heading', { name: 'What to do' }).waitFor();
      expect(made).toBe(1);
      await page.getByRole('button', { name: 'Make again' }).click();
      await page.getByText('making a new one').waitFor();
      // The one before stays until then.
      expect(await page.getByRole('heading', { name: 'What to do' }).count()).toBe(1);
      await page.getByText('making a new one').waitFor({ state: 'detached', timeout: 50_000 });
      expect(made).toBe(2);
    }));

  it('says when a search was cut, and when older traces may pass', () =>
    look('/', async (page) => {
      await page.route('**/api/stack/traces?*', async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, json: { ...(await response.json()), examined: 500, truncated: true } });
      });
      await page.goto('/traces?minTokens=1k');
      await page.getByText('Only the newest 500 candidates were looked through').waitFor();
      await page.unroute('**/api/stack/traces?*');
      await page.goto('/traces?limit=2');
      await page.getByText('the newest 2; older ones may pass too').waitFor();
      await page.getByRole('button', { name: 'Show 30' }).click();
      await page.getByText('3 traces, the newest first').waitFor();
      expect(queryOf(page, 'limit')).toBe('30');
    }));

  it('colours charts anew when the theme changes', () =>
    look(`/explore?q=${encodeURIComponent(NAMED)}`, async (page) => {
      await page.locator('.chart canvas').waitFor();
      const first = await page.locator('.legend .swatch').first().getAttribute('style');
      await page.getByRole('button', { name: /theme, switch to/ }).click();
      await page
        .locator(`.legend .swatch:not([style="${first ?? ''}"])`)
        .first()
        .waitFor();
    }));

  it('tells a person that an address leads nowhere, and a program in JSON', () =>
    visit(
      served.browser,
      { baseURL: served.stack.url, viewport: { width: 390, height: 800 } },
      async (page) => {
        const answer = await page.goto('/nothing/<img src=x onerror=alert(1)>?from=now-1h');
        expect(answer?.status()).toBe(404);
        expect(answer?.headers()['content-security-policy']).toMatch(/^default-src 'none'; style-src 'unsafe-inline';/);
        await page.getByRole('heading', { name: 'There is no page at this address' }).waitFor();
        await page.getByText('/nothing/%3Cimg%20src=x%20onerror=alert(1)%3E?from=now-1h', { exact: true }).waitFor();
        expect(await page.locator('img').count()).toBe(0);
        expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
        await page.getByRole('link', { name: 'Overview' }).click();
        await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
        const ask = async (path: string, accept: string) => {
          const { status, headers } = await fetch(served.stack.url + path, { headers: { accept } });
          return `${status} ${headers.get('content-type') ?? ''}`;
        };
        const html = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
        expect(await ask('/nothing', html)).toBe('404 text/html; charset=utf-8');
        expect(await ask('/nothing', '*/*')).toBe('404 application/json; charset=utf-8');
        expect(await ask('/nothing', 'application/json')).toBe('404 application/json; charset=utf-8');
        expect(await ask('/api/stack/nothing', html)).toBe('404 application/json; charset=utf-8');
      },
      /404 \(Not Found\)/,
    ));

  it('shows every chart, at whatever moment the part that draws them arrives', () =>
    visit(served.browser, { baseURL: served.stack.url }, async (page) => {
      // Without frames, what a first rendering asks for begins a while later: the part may arrive in between.
      await page.addInitScript('window.requestAnimationFrame = () => 0');
      const wait = (millis: number) => new Promise<void>((resolve) => void setTimeout(resolve, millis));
      let part: Promise<void> | undefined;
      let panels = 0;
      await page.route('**/assets/chart-*.js', async (route) => {
        part ??= wait(300);
        await part;
        await route.continue();
      });
      await page.route('**/api/v1/query_range**', async (route) => {
        const turn = panels++;
        // The first panel asks for the part; the others get their data around its arrival.
        if (turn > 0) {
          while (part === undefined) await wait(1);
          await part;
          await wait(turn * 4);
        }
        const now = Math.floor(Date.now() / 1000);
        const values = [60, 30, 0].map((back) => [now - back, '1']);
        const data = { resultType: 'matrix', result: [{ metric: { kind: 'one' }, values }] };
        await route.fulfill({ json: { status: 'success', data } });
      });
      await page.goto('/?refresh=off');
      await page.locator('.chart').nth(1).waitFor({ state: 'attached' });
      await wait(1500);
      expect(await page.locator('.card .loading').count()).toBe(0);
      expect(await page.locator('.chart').count()).toBeGreaterThan(4);
    }));
});
