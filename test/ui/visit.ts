import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { PATIENCE, watched } from './browser';

/**
 * Opens a page of its own, lets a test look at it, and checks that nothing complained.
 * @param expected complaints of the console that are right, such as of a request that must be refused.
 */
export async function visit(
  browser: Browser,
  options: BrowserContextOptions,
  look: (page: Page) => Promise<void>,
  expected?: RegExp,
): Promise<void> {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'], ...options });
  try {
    const { page, complaints } = await watched(context);
    page.setDefaultTimeout(PATIENCE);
    await look(page);
    expect(complaints.filter((each) => expected?.test(each) !== true)).toEqual([]);
  } finally {
    await context.close();
  }
}

/** A query parameter of where the page is. */
export function queryOf(page: Page, name: string): string | null {
  return new URL(page.url()).searchParams.get(name);
}

/** Waits until a query parameter is as it should be: the browser tells of a changed address a moment later. */
export function waitForQuery(page: Page, name: string, value: string | null): Promise<void> {
  return page.waitForURL((url) => url.searchParams.get(name) === value);
}

/**
 * Looks again until what is seen passes, and gives it back. For what no locator can wait for.
 * @throws when it does not pass in time, with what was seen last.
 */
export async function until<T>(look: () => Promise<T>, passes: (seen: T) => boolean, patience = PATIENCE): Promise<T> {
  for (const limit = Date.now() + patience; ;) {
    const seen = await look();
    if (passes(seen)) return seen;
    if (Date.now() > limit) throw new Error(`after ${patience / 1000} s there is still ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
