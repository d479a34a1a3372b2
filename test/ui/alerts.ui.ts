import type { Page } from 'playwright-core';
import { temporaryFolder } from '../harness/served-stack';
import { open, suite } from './browser';
import { ALERTMANAGER } from './fixtures';
import { visit, waitForQuery } from './visit';
import { serveUi } from './served-ui';

const folder = temporaryFolder();

suite('alerts', () => {
  const served = serveUi(
    folder,
    { '--alertmanager-config': { name: 'alertmanager.yml', text: ALERTMANAGER } },
    { large: false },
  );
  const look = (path: string, check: (page: Page) => Promise<void>) =>
    visit(served.browser, { baseURL: served.stack.url, viewport: { width: 1280, height: 900 } }, async (page) => {
      await open(page, path);
      await check(page);
    });

  beforeAll(async () => {
    // Until the rule that must hold fires.
    const limit = Date.now() + 120_000;
    for (;;) {
      const groups = JSON.stringify(await (await fetch(`${served.stack.url}/api/v2/alerts`)).json());
      if (groups.includes('TooMany') && groups.includes('AlwaysFiring')) break;
      if (Date.now() > limit) throw new Error(`no alert fires: ${groups}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }, 150_000);
  it('shows why a rule fires, in words and figures', () =>
    look('/alerts', async (page) => {
      await page.getByRole('button', { name: '2 firing' }).click();
      await waitForQuery(page, 'state', 'firing');
      await page.getByRole('button', { name: 'TooMany' }).click();
      await page.getByText(/Fires because the value is/).waitFor();
      // The page asks again every five seconds: the first state may not be stored yet.
      await page.getByRole('heading', { name: 'State over time' }).waitFor({ timeout: 20_000 });
    }));

  it('shows the lines of the file that decide', () =>
    look('/alerts?rule=TooMany&view=file', async (page) => {
      const lines = page.locator('.code.numbered .decisive');
      await lines.nth(1).waitFor();
      expect((await lines.allTextContents()).map((text) => text.trim())).toEqual([
        'expr: sum(telltale_tsdb_series) > 2',
        'for: 2s',
      ]);
      expect(await lines.first().getAttribute('data-line')).toBe('11');
    }));

  it('replays a rule with another threshold', () =>
    look('/alerts?rule=TooMany&view=backtest&days=6+hours', async (page) => {
      await page.getByText(/would have fired once/).waitFor();
      const slider = page.getByRole('slider', { name: 'Threshold' });
      await slider.focus();
      await page.keyboard.press('End');
      await page.waitForURL((url) => Number(url.searchParams.get('threshold')) > 2);
      await page.getByText('would not have fired').waitFor();
      await page.reload();
      await page.getByText('would not have fired').waitFor();
      await page.getByRole('button', { name: 'As the rule stands' }).click();
      await page.getByText(/would have fired once/).waitFor();
    }));

  it('a new silence is there at once, for the span that was chosen', () =>
    look('/alerts?rule=AlwaysFiring', async (page) => {
      await page.getByRole('button', { name: 'Silence …' }).click();
      await page.getByLabel('For', { exact: true }).fill('90m');
      await page.getByLabel('Why', { exact: true }).fill('a test');
      await page.getByText('Silences 1 active alert.').waitFor();
      await page.getByRole('button', { name: 'Silence', exact: true }).click();
      await page.getByText(/^Silenced for 90m/).waitFor();
      await page.goto('/alerts?tab=silences&refresh=off');
      await page
        .getByRole('row', { name: /a test/ })
        .getByText(/in 1h (29|30)m/)
        .waitFor();
      await page.getByLabel('Silence alerts that match').fill('{alertname="Other"}');
      await page.getByLabel('Why', { exact: true }).fill('another');
      await page.getByRole('button', { name: 'Silence', exact: true }).click();
      // No refresh runs: it is there because it was made.
      await page.getByRole('row', { name: /another/ }).waitFor();
      await page
        .getByRole('row', { name: /another/ })
        .getByRole('button', { name: 'Expire' })
        .click();
      await page.getByRole('row', { name: /another/ }).waitFor({ state: 'detached' });
      await page.goto('/alerts?tab=notifications');
      await page.getByText('silenced', { exact: true }).waitFor();
    }));

  it('refuses what is no silence', () =>
    look('/alerts?tab=silences', async (page) => {
      await page.getByLabel('Silence alerts that match').fill('nonsense');
      await page.getByLabel('Why', { exact: true }).fill('x');
      await page.getByRole('button', { name: 'Silence', exact: true }).click();
      await page.getByText(/^Not a list of matchers/).waitFor();
    }));

  it('tells why an alert was not notified, and acknowledges it', () =>
    look('/alerts?tab=notifications', async (page) => {
      await page
        .getByRole('row', { name: /Too many series/ })
        .getByRole('button', { name: 'Why, ack' })
        .click();
      await page.getByText('matches route').waitFor();
      await page.getByRole('button', { name: 'Acknowledge' }).click();
      await page.getByText('Acknowledged.').waitFor();
      await page.getByText('acknowledged', { exact: true }).waitFor();
    }));

  it('tests a receiver and says how it went', () =>
    look('/alerts?tab=receivers', async (page) => {
      const card = page.getByRole('region', { name: 'Receiver nobody-listens' });
      await card.getByRole('button', { name: 'Send a test' }).click();
      await card.getByText('retry').waitFor();
      await page.getByText('has no channel').waitFor();
    }));

  it('lists what was sent and kept back', () =>
    look('/alerts?tab=history&from=now-1h', async (page) => {
      await page.getByRole('columnheader', { name: 'About' }).waitFor();
      const rows = await page.locator('tbody tr').allTextContents();
      expect(rows.join('\n')).toContain('AlwaysFiring');
    }));

  it('reports a period, and what is lost, kept and refused', () =>
    look('/alerts', async (page) => {
      await page.goto('/reports?from=now-1h&refresh=off');
      await page.getByRole('heading', { name: 'What to do' }).waitFor({ timeout: 30_000 });
      await page.getByRole('heading', { name: 'Tokens and cost' }).waitFor();
      const href = await page.getByRole('link', { name: 'Save as one HTML file' }).getAttribute('href');
      const html = await (await fetch(served.stack.url + (href ?? ''))).text();
      expect(html).toContain('<html');
      await page.goto('/limits');
      await page.getByText('Spans sampled out').waitFor();
      await page.getByText('Spans and logs since').waitFor();
    }));
});
