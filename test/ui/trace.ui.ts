import type { Page } from 'playwright-core';
import type { ContentShownBody } from '../../src/contracts/trace-search';
import { temporaryFolder } from '../harness/served-stack';
import { open, suite } from './browser';
import { HOSTILE, SPANS, TRACES } from './fixtures';
import { queryOf, visit, waitForQuery } from './visit';
import { serveUi } from './served-ui';

const folder = temporaryFolder();
const PAGE = `/trace/${TRACES.assistant}`;

suite('one trace', () => {
  const served = serveUi(
    folder,
    { '--config': { name: 'telltale.yaml', text: 'otlp:\n  redaction:\n    content: keep\n' } },
    { large: false },
  );
  const look = (path: string, check: (page: Page) => Promise<void>) =>
    visit(served.browser, { baseURL: served.stack.url, viewport: { width: 1280, height: 800 } }, async (page) => {
      await open(page, path);
      await check(page);
    });
  const row = (page: Page, text: string) => page.getByRole('treeitem').filter({ hasText: text });

  it('asks for no content until a span is opened, and for what was said only after a click, which is logged', () =>
    look(PAGE, async (page) => {
      const asked: string[] = [];
      page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
      await row(page, 'chat claude').last().click();
      await page.getByText('Show what was said').waitFor();
      expect(asked.filter((each) => each.startsWith('POST'))).toEqual([]);
      expect(await page.getByText('the file says hello').count()).toBe(0);
      await page.getByText('Show what was said').click();
      await page.getByText('2 new since the request before').waitFor();
      await page.getByRole('button', { name: 'show the 1 from before' }).click();
      await page.getByText(`mend the test ${HOSTILE}`).waitFor();
      await page.getByText('its result').click();
      await page.getByText('the file says hello').waitFor();
      await page.getByRole('button', { name: 'to its span' }).click();
      await page.waitForURL((url) => url.searchParams.get('span') === '000000000000a100');
      await page.getByRole('heading', { name: 'Asked for by' }).waitFor();
      const log = (await (await fetch(`${served.stack.url}/api/stack/content-log`)).json()) as { spanId: string }[];
      expect(log.map(({ spanId }) => spanId)).toEqual([SPANS.first, SPANS.second]);
      await page.goto('/limits');
      await page.getByRole('link', { name: SPANS.second }).waitFor();
    }));

  it('names what log records withhold, and shows it after a click, which is logged', () =>
    look(`${PAGE}?span=${SPANS.failed}`, async (page) => {
      const logs = page.getByRole('region', { name: 'Logs' });
      await logs.getByText('withheld: prompt', { exact: true }).waitFor();
      await logs.getByText('One record holds content back; showing it is logged').waitFor();
      await logs.locator('summary').click();
      await logs.getByText('prompt_length').waitFor();
      expect(await logs.getByText('patch it').count()).toBe(0);
      await logs.getByRole('button', { name: 'Show what was said in the logs' }).click();
      await logs.getByText(`patch it ${HOSTILE}`, { exact: true }).waitFor();
      expect(await logs.getByText('withheld').count()).toBe(0);
      const log = (await (await fetch(`${served.stack.url}/api/stack/content-log`)).json()) as ContentShownBody[];
      expect(log[0]).toMatchObject({ traceId: TRACES.assistant, spanId: SPANS.failed, keys: ['prompt'] });
    }));

  it('prices the tokens of a model call part by part', () =>
    look(`${PAGE}?span=${SPANS.first}`, async (page) => {
      const detail = page.locator('.span-detail');
      await detail.getByRole('row', { name: /genai-prices@/ }).waitFor();
      const cells = await detail.locator('table.tight tbody tr').allTextContents();
      // 300 at $3, 800 at $0.30, 100 at $3.75, 300 at $15 a million.
      expect(cells.map((text) => text.replace(/genai-prices@\d+\.\d+\.\d/, '').trim())).toEqual(
        [
          'uncached300$0.000900',
          'cache read800$0.000240',
          'cache write100$0.000375',
          'output300$0.0045',
          'together 1,500$0.006',
        ].map((text) => expect.stringContaining(text.replace('$0.000900', '$0.0009').replace('0.000240', '0.00024'))),
      );
      await detail.getByText('tool_use', { exact: true }).waitFor();
      await detail.getByText('max_tokens 2048').waitFor();
      await detail.getByText('the model was asked again').first().waitFor();
      await detail.getByRole('heading', { name: 'Tools it asked for' }).waitFor();
    }));

  it('draws what waits, repeats, fails, still runs, and is lost', () =>
    look(PAGE, async (page) => {
      await row(page, 'execute_tool read_file × 6').waitFor();
      expect(await row(page, 'tool.blocked_on_user').locator('.hatched').count()).toBe(1);
      expect(await row(page, 'chat claude').first().locator('.waterfall-wait').count()).toBe(1);
      expect(await row(page, 'chat claude').first().locator('.waterfall-retry').count()).toBe(1);
      await row(page, 'flush').getByText('running').waitFor();
      await row(page, 'lost').getByText('no parent').waitFor();
      await page.getByText('One span that others point to has not arrived').waitFor();
      await page.getByRole('button', { name: 'Without waits' }).click();
      await page.getByText('4.8 s without waits').waitFor();
    }));

  it('moves by keys, and every state is in the URL', () =>
    look(PAGE, async (page) => {
      await page.keyboard.press('e');
      await waitForQuery(page, 'span', SPANS.failed);
      await page.keyboard.press('c');
      await waitForQuery(page, 'path', '1');
      await page.keyboard.press('/');
      await page.keyboard.type('chat');
      await page.getByText('2 found').waitFor();
      await page.keyboard.press('Enter');
      await page.waitForURL((url) => url.searchParams.get('span') === SPANS.second);
      await page.keyboard.press('N');
      await waitForQuery(page, 'span', SPANS.first);
      await page.keyboard.press('Escape');
      await waitForQuery(page, 'find', null);
      await row(page, 'answer').click();
      await page.keyboard.press('ArrowLeft');
      await waitForQuery(page, 'shut', SPANS.root);
      await page.reload();
      await row(page, 'answer').waitFor();
      expect(await page.getByRole('treeitem').count()).toBe(2);
      await page.keyboard.press('ArrowRight');
      await row(page, 'parsing').waitFor();
      await row(page, 'parsing').click();
      await page.keyboard.press('f');
      await waitForQuery(page, 'focus', '000000000000a001');
      expect(await page.getByRole('treeitem').count()).toBe(1);
      await page.keyboard.press('Escape');
      await waitForQuery(page, 'focus', null);
    }));

  it('opens a fold and remembers it', () =>
    look(PAGE, async (page) => {
      await row(page, 'execute_tool read_file × 6').click();
      await row(page, 'execute_tool read_file').nth(5).waitFor();
      expect(await row(page, 'execute_tool read_file').count()).toBe(6);
      await page.reload();
      await row(page, 'execute_tool read_file').nth(5).waitFor();
    }));

  it('zooms by dragging, measures by two clicks, and keeps both over a reload', () =>
    look(PAGE, async (page) => {
      const lane = page.locator('.waterfall-axis .waterfall-lane');
      const box = await lane.boundingBox();
      if (box === null) throw new Error('the axis has no place');
      const at = (share: number): number => box.x + box.width * share;
      const middle = box.y + box.height / 2;
      await page.mouse.move(at(0.25), middle);
      await page.mouse.down();
      await page.mouse.move(at(0.5), middle, { steps: 4 });
      await page.mouse.up();
      await page.waitForURL(/zoom=\d/);
      const [from, to] = (queryOf(page, 'zoom') ?? '').split('-').map(Number);
      expect(((from ?? 0) / 1e6).toFixed(1)).toBe('1.5');
      expect(((to ?? 0) / 1e6).toFixed(1)).toBe('3.0');
      await page.mouse.click(at(0.2), middle);
      await page.waitForTimeout(600);
      await page.mouse.click(at(0.8), middle);
      await page.waitForURL(/ruler=\d+-\d+/);
      await page.reload();
      // Six tenths of a second and a half.
      expect(await page.locator('.ruler').textContent()).toMatch(/^(900|899|901) ms$/);
      await page.locator('.waterfall-axis .waterfall-lane').dblclick();
      await page.waitForURL((url) => !url.searchParams.has('zoom') && !url.searchParams.has('ruler'));
    }));

  it.each([
    ['Colour', ['service', 'operation', 'model', 'stage', 'cost', 'cache hit']],
    ['Bars', ['time', 'cost', 'tokens']],
  ])('offers %s by %j', (label, options) =>
    look(PAGE, async (page) => {
      const field = page.getByLabel(label);
      expect(await field.locator('option').allTextContents()).toEqual(options);
      const last = options.at(-1) ?? '';
      await field.selectOption(last);
      await page.reload();
      await page.getByRole('treeitem').first().waitFor();
      expect(await page.getByLabel(label).inputValue()).toBe(last);
    }),
  );

  it('copies JSON, OTLP and curl', () =>
    look(PAGE, async (page) => {
      const copied = async (name: string): Promise<string> => {
        await page.getByText('Copy ▾').click();
        await page.getByRole('button', { name }).click();
        await page.getByRole('button', { name: 'Copied' }).waitFor();
        await page.keyboard.press('Escape');
        // Each button says so for a while, in the closed menu too: the next one must not be taken for it.
        await page.getByRole('button', { name: 'Copied', includeHidden: true }).waitFor({ state: 'detached' });
        return page.evaluate<string>('navigator.clipboard.readText()');
      };
      const json = JSON.parse(await copied('As JSON')) as { spans: unknown[] };
      expect(json.spans).toHaveLength(14);
      const otlp = await copied('As OTLP');
      const taken = await fetch(`${served.stack.url}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: otlp,
      });
      expect(taken.status).toBe(200);
      const curl = await copied('As curl');
      const url = /'(.+)'/.exec(curl)?.[1] ?? '';
      expect((await fetch(url)).status).toBe(200);
    }));

  it('compares a span with the usual of its operation', () =>
    look(`${PAGE}?span=${SPANS.first}`, async (page) => {
      await page.getByRole('button', { name: 'Compare with the p50' }).click();
      await page.getByText(/^p50 of 4 spans: 1\.8 s; this one takes 1\.0×\.$/).waitFor();
    }));

  it('names a trace that is not there', () =>
    visit(
      served.browser,
      { baseURL: served.stack.url },
      async (page) => {
        await page.goto(`/trace/${'e'.repeat(32)}`);
        await page.getByText('It may be older than what is kept').waitFor();
      },
      /404 \(Not Found\)/,
    ));
});
