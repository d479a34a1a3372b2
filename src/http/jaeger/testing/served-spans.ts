import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { CLOCK } from '../../../base/clock';
import { silentLogger } from '../../../base/logger';
import { noTelemetry } from '../../../base/telemetry';
import { ManualClock } from '../../../base/testing/manual-clock';
import type { Span } from '../../../domain/span';
import { SqliteSpanStore, spandbConfig } from '../../../spandb';
import { SPAN_STORE } from '../../../storage';
import { JaegerV1Controller } from '../jaeger-v1.controller';
import { JaegerV3Controller } from '../jaeger-v3.controller';

/** Jaeger's APIs over a store of their own. */
export interface ServedSpans {
  readonly store: SqliteSpanStore;
  readonly app: INestApplication;
  close(): Promise<void>;
}

/** Writes the spans into a new store and serves them, at a standing instant. */
export async function serveSpans(at: number, spans: readonly Span[]): Promise<ServedSpans> {
  const folder = mkdtempSync(join(tmpdir(), 'telltale-jaeger-'));
  const clock = new ManualClock(at);
  const config = spandbConfig.parse({});
  const store = new SqliteSpanStore({ dataDir: folder, clock, logger: silentLogger, telemetry: noTelemetry, config });
  await store.start();
  await store.write(spans);
  const module = await Test.createTestingModule({
    controllers: [JaegerV1Controller, JaegerV3Controller],
    providers: [
      { provide: SPAN_STORE, useValue: store },
      { provide: CLOCK, useValue: clock },
    ],
  }).compile();
  const app = module.createNestApplication({ logger: false });
  await app.init();
  return {
    store,
    app,
    close: async () => {
      await app.close();
      await store.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
