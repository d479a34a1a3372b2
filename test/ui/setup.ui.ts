import type { Browser } from 'playwright-core';
import { serve, temporaryFolder } from '../harness/served-stack';
import type { ServedStack } from '../harness/served-stack';
import { launch, open, suite } from './browser';
import { visit } from './visit';

const folder = temporaryFolder();

suite('a stack that nothing was sent to', () => {
  let stack: ServedStack | undefined;
  let browser: Browser | undefined;
  beforeAll(async () => {
    stack = await serve(folder);
    browser = await launch();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await stack?.end();
  });

  it('gives the exact lines, and turns green with the first bytes', async () => {
    if (browser === undefined || stack === undefined) throw new Error('nothing is served');
    const { url } = stack;
    await visit(browser, { baseURL: url }, async (page) => {
      await open(page, '/traces');
      await page.getByText('Nothing has arrived yet').waitFor();
      await page.getByRole('link', { name: 'Show me the lines' }).click();
      const card = page.locator('section', { has: page.getByRole('heading', { name: 'Claude Code' }) });
      await card.getByText(`OTEL_EXPORTER_OTLP_ENDPOINT=${url}`).waitFor();
      expect(await card.getByText('receiving').count()).toBe(0);
      await card.getByRole('button', { name: 'Copy the lines for Claude Code' }).click();
      expect(await page.evaluate<string>('navigator.clipboard.readText()')).toContain('CLAUDE_CODE_ENABLE_TELEMETRY=1');
      const sent = await fetch(`${url}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(firstSpan('claude-code')),
      });
      expect(sent.status).toBe(200);
      await card.getByText('receiving').waitFor();
      await page.goto('/traces');
      await page.getByRole('link', { name: 'first' }).waitFor();
    });
  });
});

function firstSpan(service: string): object {
  const nanos = (millis: number): string => String(BigInt(millis) * 1_000_000n);
  const span = {
    traceId: 'ab'.repeat(16),
    spanId: 'cd'.repeat(8),
    name: 'first',
    startTimeUnixNano: nanos(Date.now() - 10),
    endTimeUnixNano: nanos(Date.now()),
  };
  const attributes = [{ key: 'service.name', value: { stringValue: service } }];
  return { resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans: [span] }] }] };
}
