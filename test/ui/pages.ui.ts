import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { temporaryFolder } from '../harness/served-stack';
import { open, suite, watched } from './browser';
import { HOSTILE, SESSIONS, SPANS, TRACES } from './fixtures';
import { layoutFaults, movingParts } from './layout-faults';
import { serveUi } from './served-ui';
import { until } from './visit';

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const folder = temporaryFolder();

const PAGES = [
  ['/', 'Overview'],
  ['/dashboards', 'Dashboards'],
  ['/dashboards/telltale-assistant', 'Dashboards'],
  ['/traces', 'Traces'],
  [`/trace/${TRACES.assistant}`, 'Trace'],
  [`/trace/${TRACES.assistant}?span=${SPANS.second}`, 'Trace'],
  [`/trace/${TRACES.assistant}?compare=${TRACES.slower}`, 'Trace'],
  ['/sessions', 'Sessions'],
  [`/sessions/${SESSIONS[0]}`, 'Sessions'],
  [`/sessions/${SESSIONS[0]}?compare=${SESSIONS[1]}`, 'Sessions'],
  ['/alerts', 'Alerts'],
  ['/alerts?rule=TooMany', 'Alerts'],
  ['/alerts?rule=TooMany&view=backtest&days=6+hours', 'Alerts'],
  ['/alerts?rule=TooMany&view=file', 'Alerts'],
  ['/alerts?tab=notifications', 'Alerts'],
  ['/alerts?tab=silences', 'Alerts'],
  ['/alerts?tab=receivers', 'Alerts'],
  ['/alerts?tab=history', 'Alerts'],
  ['/explore?q=up', 'Explore'],
  ['/reports?from=now-1h', 'Report'],
  ['/limits', 'Limits'],
  ['/setup', 'Send data'],
] as const;
const THEMES = ['dark', 'light'] as const;
/** Fewer than a window of the usual height shows of a trace. */
const ROWS_IN_VIEW = 12;

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

suite('the web UI', () => {
  const served = serveUi(folder);
  describe.each(THEMES)('in the %s theme', (colorScheme) => {
    it.each(PAGES)('%s renders without an error and is accessible', async (path, heading) => {
      const context = await served.browser.newContext({ baseURL: served.stack.url, colorScheme, bypassCSP: true });
      try {
        const { page, complaints } = await watched(context);
        await open(page, path);
        await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor();
        await page.evaluate(axe);
        const violations = await page.evaluate<Violation[]>('axe.run().then((result) => result.violations)');
        const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        expect(grave.map(({ id, nodes }) => [id, nodes.map((node) => [node.html, node.failureSummary])])).toEqual([]);
        expect(complaints).toEqual([]);
      } finally {
        await context.close();
      }
    });
  });

  it.each(PAGES)('%s fits a phone and keeps to its content policy', async (path) => {
    const context = await served.browser.newContext({
      baseURL: served.stack.url,
      viewport: { width: 390, height: 800 },
    });
    try {
      const { page, complaints } = await watched(context);
      await open(page, path);
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
      expect(complaints).toEqual([]);
    } finally {
      await context.close();
    }
  });

  it.each(PAGES)('%s can be read and used at 200 %% zoom, without motion', async (path) => {
    const context = await served.browser.newContext({
      baseURL: served.stack.url,
      // A window of 1280 by 800 pixels, magnified twice.
      viewport: { width: 640, height: 400 },
      deviceScaleFactor: 2,
      reducedMotion: 'reduce',
    });
    try {
      const { page, complaints } = await watched(context);
      await open(page, path);
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(640);
      expect(await layoutFaults(page)).toEqual([]);
      expect(await movingParts(page)).toEqual([]);
      expect(complaints).toEqual([]);
    } finally {
      await context.close();
    }
  });

  it('is told of text over text, of cut text and of covered controls, were there any', async () => {
    const context = await served.browser.newContext();
    try {
      const page = await context.newPage();
      const at = (left: number, top: number, more = ''): string =>
        `style="position: absolute; left: ${left}px; top: ${top}px; margin: 0; ${more}"`;
      await page.setContent(`
        <p ${at(10, 10)}>a text</p><p ${at(20, 14)}>another over it</p>
        <p class="cut" ${at(10, 60, 'width: 60px; overflow: hidden; white-space: nowrap')}>more than sixty pixels of text</p>
        <p ${at(10, 110, 'width: 60px; overflow: hidden; white-space: nowrap')} title="all of it">more than sixty pixels, told</p>
        <button ${at(10, 160)}>covered</button><div class="lid" ${at(0, 150, 'width: 200px; height: 60px')}></div>
        <button ${at(10, 260)}>free</button>`);
      expect(await layoutFaults(page)).toEqual([
        '"a text" (p) and "another over it" (p) overlap',
        '"more than sixty pixels of text" is cut by p.cut',
        'div.lid lies over button "covered"',
      ]);
      await page.setContent(
        '<style>i { animation: turn 1s } @keyframes turn { to { opacity: 0 } }</style><i>moves</i>',
      );
      expect(await movingParts(page)).toEqual(['I.']);
    } finally {
      await context.close();
    }
  });

  it('keeps places of what is loading still where motion is unwanted, and only there', async () => {
    for (const reducedMotion of ['reduce', 'no-preference'] as const) {
      const context = await served.browser.newContext({ baseURL: served.stack.url, reducedMotion });
      try {
        const { page } = await watched(context);
        await page.route(/\/api\//, () => undefined);
        await page.goto('/traces');
        await page.locator('.loading').first().waitFor();
        const running = await page.evaluate<number>('document.getAnimations().length');
        if (reducedMotion === 'reduce') expect(running).toBe(0);
        else expect(running).toBeGreaterThan(0);
      } finally {
        await context.close();
      }
    }
  });

  it.each([`/trace/${TRACES.hostile}?span=000000000000b000`, '/alerts?rule=AlwaysFiring', '/traces?service=hostile'])(
    '%s shows hostile text as text',
    async (path) => {
      const context = await served.browser.newContext({ baseURL: served.stack.url, bypassCSP: true });
      try {
        const { page } = await watched(context);
        await open(page, path);
        await page.locator('main :not(option)').getByText(HOSTILE).and(page.locator(':not(option)')).first().waitFor();
        expect(await page.evaluate<string>('typeof window.hacked')).toBe('undefined');
      } finally {
        await context.close();
      }
    },
  );

  it('keeps its state over a reload', async () => {
    const context = await served.browser.newContext({ baseURL: served.stack.url });
    try {
      const { page } = await watched(context);
      await page.goto(`/trace/${TRACES.assistant}?from=now-30m&to=now`);
      await page.getByRole('treeitem', { name: /apply_patch/ }).click();
      await page.waitForURL(`**span=${SPANS.failed}*`);
      const before = page.url();
      await page.reload();
      await page.locator(`[role=treeitem][aria-selected=true]`, { hasText: 'apply_patch' }).waitFor();
      expect(page.url()).toBe(before);
    } finally {
      await context.close();
    }
  });

  it('can be toured by the keyboard alone', async () => {
    const context = await served.browser.newContext({ baseURL: served.stack.url });
    try {
      const { page, complaints } = await watched(context);
      await open(page, '/');
      await page.keyboard.press('g');
      await page.keyboard.press('t');
      await page.waitForURL('**/traces*');
      await page.locator('tr.clickable').first().waitFor();
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.waitForURL('**/trace/*');
      await page.getByRole('treeitem').first().waitFor();
      await page.keyboard.press('j');
      await page.waitForURL('**span=*');
      await page.keyboard.press('Escape');
      await page.waitForURL((url) => !url.searchParams.has('span'));
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(complaints).toEqual([]);
    } finally {
      await context.close();
    }
  });

  it('draws the rows that are in view, wherever it was scrolled to, and reads them in their order', async () => {
    const context = await served.browser.newContext({ baseURL: served.stack.url });
    try {
      const { page } = await watched(context);
      await open(page, `/trace/${TRACES.large}?fold=0`);
      for (const top of [0, 130_000, 131_000, 260_000, 52_000, 0]) {
        await page.evaluate(`document.querySelector('.waterfall-rows').scrollTop = ${top}`);
        // Once scrolling has ended: the order of the document is the order on the screen, and nothing in view is missing.
        await until(
          () =>
            page.evaluate<string[]>(`(() => {
              const rows = document.querySelector('.waterfall-rows');
              const tops = [...rows.querySelectorAll('.waterfall-row')].map((row) => parseFloat(row.style.top));
              const faults = tops.filter((top, at) => at > 0 && top !== tops[at - 1] + 26).map((top) => 'before ' + top);
              if (tops[0] > rows.scrollTop) faults.push('first in view');
              if (tops.at(-1) + 26 < Math.min(rows.scrollHeight, rows.scrollTop + rows.clientHeight)) faults.push('last in view');
              return faults;
            })()`),
          (faults) => faults.length === 0,
        );
      }
    } finally {
      await context.close();
    }
  });

  /**
   * Seconds for which the page's own thread was busy, so far. A machine that others use too takes time away from a page,
   * not work: what is promised in time is measured in work, and the time is printed beside it.
   */
  const meterOf = async (page: Page): Promise<() => Promise<number>> => {
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    return async () =>
      (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN;
  };

  it('paints 10,000 spans within a second and scrolls smoothly', async () => {
    const context = await served.browser.newContext({ baseURL: served.stack.url });
    try {
      const { page } = await watched(context);
      await open(page, '/setup');
      const busySeconds = await meterOf(page);
      const asked = await busySeconds();
      const start = performance.now();
      const arrived = page.waitForResponse((response) =>
        response.url().includes(`/api/stack/traces/${TRACES.large}/outline`),
      );
      await page.goto(`/trace/${TRACES.large}?fold=0`, { waitUntil: 'commit' });
      await (await arrived).finished();
      const arrival = performance.now();
      await page.getByRole('treeitem').first().waitFor();
      const [time, sinceArrival] = [performance.now() - start, performance.now() - arrival];
      const painted = ((await busySeconds()) - asked) * 1000;
      await page.getByText('10,000 spans', { exact: true }).waitFor();
      const frames = 120;
      const runs: { readonly perFrame: number; readonly median: number }[] = [];
      // What else the machine does only ever adds to a run: the best one is nearest to what the page does.
      for (let run = 0; run < 5; run++) {
        await page.evaluate("document.querySelector('.waterfall-rows').scrollTop = 0");
        await page.getByText('step 0', { exact: true }).waitFor();
        const before = await busySeconds();
        const times = await page.evaluate<number[]>(`new Promise((resolve) => {
          const rows = document.querySelector('.waterfall-rows');
          const times = [];
          let last = performance.now();
          const step = (now) => {
            times.push(now - last);
            last = now;
            rows.scrollTop += 400;
            if (times.length < ${frames}) requestAnimationFrame(step);
            else resolve(times);
          };
          requestAnimationFrame(step);
        })`);
        const perFrame = ((await busySeconds()) - before) * (1000 / frames);
        runs.push({ perFrame, median: times.sort((a, b) => a - b)[frames / 2] ?? NaN });
        // It did scroll, and what is in view is drawn.
        expect(await page.evaluate<number>("document.querySelector('.waterfall-rows').scrollTop")).toBe(400 * frames);
        await page
          .locator('.waterfall-row', { hasText: /step \d+/ })
          .nth(ROWS_IN_VIEW)
          .waitFor();
      }
      const { perFrame, median } = runs.reduce((best, run) => (run.perFrame < best.perFrame ? run : best));
      process.stdout.write(
        `10,000 spans: ${painted.toFixed(0)} ms of work, ${time.toFixed(0)} ms from click to rows; ` +
          `a frame: ${perFrame.toFixed(1)} ms of work (of ${runs.map((run) => run.perFrame.toFixed(1)).join(', ')}), ` +
          `${median.toFixed(1)} ms median\n`,
      );
      expect(sinceArrival).toBeLessThan(1000);
      expect(painted).toBeGreaterThan(0);
      expect(painted).toBeLessThan(1000);
      expect(perFrame).toBeLessThan(1000 / 60);
    } finally {
      await context.close();
    }
  });

  it('paints the first page within a second', async () => {
    const context = await served.browser.newContext({ baseURL: served.stack.url });
    try {
      const { page } = await watched(context);
      await open(page, '/setup');
      const busySeconds = await meterOf(page);
      const asked = await busySeconds();
      await page.goto('/', { waitUntil: 'commit' });
      await page.getByRole('heading', { name: 'Model inference' }).waitFor();
      const work = ((await busySeconds()) - asked) * 1000;
      const paint = await page.evaluate<number>(
        "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN",
      );
      process.stdout.write(`first page: ${work.toFixed(0)} ms of work, painted after ${paint.toFixed(0)} ms\n`);
      expect(paint).toBeLessThan(1000);
      expect(work).toBeGreaterThan(0);
      expect(work).toBeLessThan(1000);
    } finally {
      await context.close();
    }
  });

  it('loads the first page with at most 150 kB of script', async () => {
    const context = await served.browser.newContext({ baseURL: served.stack.url });
    try {
      const { page } = await watched(context);
      const scripts: Promise<Buffer>[] = [];
      page.on('response', (response) => {
        if (response.request().resourceType() === 'script') scripts.push(response.body());
      });
      await open(page, '/');
      const sizes = (await Promise.all(scripts)).map((body) => gzipSync(body).length);
      const total = sizes.reduce((sum, size) => sum + size, 0);
      process.stdout.write(`first page: ${(total / 1000).toFixed(0)} kB of script, compressed\n`);
      expect(sizes.length).toBeGreaterThan(0);
      expect(total).toBeLessThanOrEqual(150_000);
    } finally {
      await context.close();
    }
  });
});
