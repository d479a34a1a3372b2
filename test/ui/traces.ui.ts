import type { Page } from 'playwright-core';
import { temporaryFolder } from '../harness/served-stack';
import { open, suite } from './browser';
import { cutProxy } from './cut-proxy';
import { sendOne, SESSIONS, TRACES } from './fixtures';
import { queryOf, until, visit } from './visit';
import { serveUi } from './served-ui';

const folder = temporaryFolder();

suite('the search over traces', () => {
  const served = serveUi(folder);
  it('completes keys and values by the keyboard', () =>
    visit(served.browser, { baseURL: served.stack.url }, async (page) => {
      await open(page, '/traces');
      await page.keyboard.press('/');
      await page.keyboard.type('request.mod');
      await page.getByRole('option', { name: 'gen_ai.request.model' }).waitFor();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.getByRole('option', { name: 'claude-sonnet-4-5' }).waitFor();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Enter');
      await page.waitForURL((url) => url.searchParams.get('q') === 'gen_ai.request.model=claude-sonnet-4-5');
      await expectRows(page, 2);
    }));

  it.each([
    ['q=-gen_ai.request.model', ['large', 'hostile']],
    ['q=gen_ai.request.model!~sonnet', ['large', 'hostile']],
    ['minTokens=1k', ['assistant', 'assistant']],
    ['minDuration=7s&maxDuration=9s', ['assistant']],
    ['minCost=$0.001&maxCost=$1', ['assistant', 'assistant']],
    ['minCost=$9', []],
    ['errors=1', ['assistant', 'assistant']],
    ['service=large', ['large']],
  ])('%s finds %j', (query, services) =>
    visit(served.browser, { baseURL: served.stack.url }, async (page) => {
      await open(page, `/traces?${query}`);
      await expectRows(page, services.length);
      const found = await page.locator('tbody tr .service').allTextContents();
      expect(found.sort()).toEqual([...services].sort());
    }),
  );

  it('says what is wrong with a condition', () =>
    visit(
      served.browser,
      { baseURL: served.stack.url },
      async (page) => {
        await page.goto('/traces?q=%3Dx');
        await page.getByText('is not a condition').waitFor();
      },
      /400 \(Bad Request\)/,
    ));

  it('keeps searches by name', () =>
    visit(served.browser, { baseURL: served.stack.url }, async (page) => {
      await open(page, '/traces?errors=1&minTokens=1k');
      await page.getByText('Saved ▾').click();
      await page.getByLabel('Name of the search').fill('failed talks');
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.goto('/traces');
      await page.getByText('Saved (1) ▾').click();
      await page.getByRole('button', { name: 'failed talks', exact: true }).click();
      await page.waitForURL(
        (url) => url.searchParams.get('minTokens') === '1k' && url.searchParams.get('errors') === '1',
      );
      await page.getByText('Saved (1) ▾').click();
      await page.getByRole('button', { name: 'Forget failed talks' }).click();
      await page.getByText('Saved ▾').waitFor();
    }));

  it('is live: new traces appear, and wait while paused', () =>
    visit(served.browser, { baseURL: served.stack.url }, async (page) => {
      await open(page, '/traces?service=assistant');
      await page.keyboard.press('l');
      await page.waitForURL((url) => url.searchParams.get('live') === '1');
      await page.locator('.dot.good').waitFor();
      await sendOne(served.stack.url, 'a1'.repeat(16), 'came while live');
      await page.getByRole('link', { name: 'came while live' }).waitFor();
      await page.keyboard.press('p');
      await page.waitForURL((url) => url.searchParams.get('live') === 'paused');
      await sendOne(served.stack.url, 'a2'.repeat(16), 'came while paused');
      await page.getByRole('button', { name: '1 new' }).waitFor();
      expect(await page.getByRole('link', { name: 'came while paused' }).count()).toBe(0);
      await page.getByRole('button', { name: '1 new' }).click();
      await page.getByRole('link', { name: 'came while paused' }).waitFor();
      // Two at once: the second belongs to what the first made.
      await page.keyboard.press('p');
      await page.keyboard.press('p');
      await page.waitForTimeout(300);
      expect(queryOf(page, 'live')).toBe('paused');
      await page.keyboard.press('p');
      await page.reload();
      await page.getByRole('button', { name: 'Live', pressed: true }).waitFor();
    }));

  it('survives a lost connection: it is told, and what came meanwhile is there afterwards', async () => {
    const proxy = await cutProxy(served.stack.url);
    try {
      await visit(
        served.browser,
        { baseURL: proxy.url },
        async (page) => {
          await open(page, '/traces?service=assistant&live=1');
          await page.locator('.dot.good').waitFor();
          proxy.cut();
          await page.getByText('Connection lost, connecting again').waitFor();
          await sendOne(served.stack.url, 'a3'.repeat(16), 'came while cut off');
          proxy.mend();
          await page.getByRole('link', { name: 'came while cut off' }).waitFor();
          await page.locator('.dot.good').waitFor();
        },
        /net::ERR_/,
      );
    } finally {
      await proxy.close();
    }
  });

  it('compares two traces place by place', () =>
    visit(served.browser, { baseURL: served.stack.url }, async (page) => {
      await open(page, '/traces?minTokens=1k');
      await page.getByRole('checkbox').nth(0).check();
      await page.getByRole('checkbox').nth(1).check();
      await page.waitForURL((url) => url.searchParams.get('pick')?.includes('.') === true);
      expect(queryOf(page, 'pick')?.split('.').sort()).toEqual([TRACES.assistant, TRACES.slower]);
      await page.getByRole('link', { name: 'Compare the two' }).click();
      await page.getByRole('heading', { name: 'Where they differ' }).waitFor();
      await page.getByText('only in the').first().waitFor();
      const first = await page.locator('table.places tbody tr').first().textContent();
      expect(first).toMatch(/chat claude-sonnet-4-5|answer/);
      expect(first).toContain('2 s');
    }));

  it('compares two sessions', () =>
    visit(served.browser, { baseURL: served.stack.url }, async (page) => {
      await open(page, '/sessions');
      for (const session of SESSIONS) await page.getByRole('checkbox', { name: `Compare ${session}` }).check();
      await page.getByRole('link', { name: 'Compare the two' }).click();
      await page.getByRole('heading', { name: 'Two sessions' }).waitFor();
      await page.getByRole('row', { name: /Model calls 2 2/ }).waitFor();
    }));
});

/** Waits until the list shows so many traces; the last answer stays until the next is there. */
async function expectRows(page: Page, count: number): Promise<void> {
  if (count === 0) await page.getByText('No trace in this range passes the conditions.').waitFor();
  const rows = page.locator('tbody tr');
  await until(
    () => rows.count(),
    (seen) => seen === count,
  );
}
