import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The compiled library, as `npm run build` leaves it. */
const DIST = process.env['TELLTALE_DIST'] ?? join(__dirname, '..', '..', 'dist');

/** What an application has of the library, and what around it belongs to the same realm. */
export interface NativeLibrary {
  readonly telltale: typeof import('../../src/index');
  readonly nest: typeof import('../../src/nest');
  readonly api: typeof import('@opentelemetry/api');
  readonly client: typeof import('prom-client');
  readonly exporters: typeof import('../../src/instrument/export/exporters');
  /** The process's own environment and error output; Jest gives tests others. */
  readonly env: NodeJS.ProcessEnv;
  readonly stderr: NodeJS.WriteStream;
  resolve(name: string): object;
}

/**
 * Loads the compiled library by Node itself: the OTLP exporters import what they need when they need it, which Jest's
 * loader cannot. The test file must name the environment: `@jest-environment ./test/harness/native-environment.mjs`.
 */
export function loadNatively(): NativeLibrary {
  if (!existsSync(join(DIST, 'index.js'))) throw new Error(`nothing is built at ${DIST}: run npm run build before`);
  const load = nativeRequire;
  const { env, stderr }: NodeJS.Process = load('node:process');
  return {
    telltale: load(join(DIST, 'index.js')),
    nest: load(join(DIST, 'nest.js')),
    api: load('@opentelemetry/api'),
    client: load('prom-client'),
    exporters: load(join(DIST, 'instrument', 'export', 'exporters.js')),
    env,
    stderr,
    resolve: (name) => load(name),
  };
}

declare const nativeRequire: NodeJS.Require;
