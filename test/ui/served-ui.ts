import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { serve } from '../harness/served-stack';
import type { ServedStack } from '../harness/served-stack';
import { launch } from './browser';
import { fill, RULES } from './fixtures';

/** A stack with the fixtures in it, and a browser before it; both end with the suite. */
export interface ServedUi {
  readonly stack: ServedStack;
  readonly browser: Browser;
}

/**
 * Serves the fixtures to a suite; what is given back can be used from its first test on.
 * @param files more files of the stack, by the option that names them.
 */
export function serveUi(
  folder: string,
  files: Readonly<Record<string, { readonly name: string; readonly text: string }>> = {},
  filled: { readonly large?: boolean } = {},
): ServedUi {
  let stack: ServedStack | undefined;
  let browser: Browser | undefined;
  beforeAll(async () => {
    const named = { '--rules': { name: 'ui.rules.yaml', text: RULES }, ...files };
    const options = Object.entries(named).flatMap(([option, { name, text }]) => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return [option, path];
    });
    stack = await serve(folder, options);
    await fill(stack.url, filled);
    browser = await launch();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await stack?.end();
  });
  return {
    get stack() {
      if (stack === undefined) throw new Error('the stack is served from the first test on');
      return stack;
    },
    get browser() {
      if (browser === undefined) throw new Error('the browser is there from the first test on');
      return browser;
    },
  };
}
