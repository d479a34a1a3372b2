import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { watched } from './browser';

/** Opens a page of its own, lets a test look at it, and checks that nothing complained. */
export async function visit(
  browser: Browser,
  options: BrowserContextOptions,
  look: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'], ...options });
  try {
    const { page, complaints } = await watched(context);
    page.setDefaultTimeout(8000);
    await look(page);
    expect(complaints).toEqual([]);
  } finally {
    await context.close();
  }
}

/** A query parameter of where the page is. */
export function queryOf(page: Page, name: string): string | null {
  return new URL(page.url()).searchParams.get(name);
}
