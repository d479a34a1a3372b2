import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { findProgram } from '../harness/find-program';

const program = findProgram('chromium', 'chromium-browser', 'google-chrome');
if (program === undefined) process.stdout.write('no Chromium is on the PATH: the tests of the UI are skipped\n');

/** `describe` where a browser is installed, else skipped. */
export const suite = program === undefined ? describe.skip : describe;

/** Milliseconds until a wait is given up: long, as the machine may be busy with others. */
export const PATIENCE = 20_000;

/** Starts the installed Chromium without a window. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    ...(program === undefined ? {} : { executablePath: program }),
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
}

/** A page and what it complained about. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors of the console and exceptions nobody caught. */
  readonly complaints: string[];
}

/** Opens a page that remembers every error. */
export async function watched(context: BrowserContext): Promise<WatchedPage> {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`);
  });
  return { page, complaints };
}

/** Opens an address and waits until its first data is shown; the network never idles, as pages keep themselves fresh. */
export async function open(page: Page, path: string, patience = 2 * PATIENCE): Promise<void> {
  page.setDefaultTimeout(PATIENCE);
  await page.goto(path);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForTimeout(500);
  // Counted from outside: the page's policy forbids to evaluate text in it.
  const limit = Date.now() + patience;
  while ((await page.locator('.loading').count()) > 0) {
    if (Date.now() > limit) throw new Error(`${path} is still loading after ${patience / 1000} s`);
    await page.waitForTimeout(50);
  }
}
