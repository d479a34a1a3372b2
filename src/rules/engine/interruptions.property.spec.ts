import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { silentLogger } from '../../base/logger';
import { noTelemetry } from '../../base/telemetry';
import { ManualClock } from '../../base/testing/manual-clock';
import type { Alert } from '../../domain/alert';
import { Labels } from '../../domain/labels';
import { PromqlEngine } from '../../promql';
import { MemorySeriesStore, MemoryStateStore } from '../../storage/memory';
import { rulesConfig } from '../rules.config';
import { RecordingSink } from '../testing/recording-sink';
import { RulesEngine } from './rules-engine';

const SECOND = 1000;
/** One for all plays: the slots of a group depend on its file's path. */
let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'interruptions-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const RULES = (comment: string): string => `groups:
- name: g
  rules:
  - {alert: AtOnce, expr: up == 0, labels: {severity: info}}
  - {alert: Held, expr: up == 0, for: 30s}
  - {alert: Kept, expr: up == 0, keep_firing_for: 30s}
  - {record: up:sum, expr: sum(up), labels: {note: "${comment}"}}
`;

/** What a receiver that deduplicates by labels and start ends up knowing: each episode, and whether it was told to end. */
function episodes(alerts: readonly Alert[]): string[] {
  const seen = new Map<string, boolean>();
  for (const { labels, startsAt, endsAt, details } of alerts) {
    const key = `${labels.get('alertname')} ${startsAt}`;
    seen.set(key, seen.get(key) === true || details?.valueAtResolve !== undefined || endsAt <= startsAt);
  }
  return [...seen].map(([key, ended]) => `${key} ${ended ? 'ended' : 'fires'}`).sort();
}

/** Plays ups and downs in ten-second steps; before the steps in `restarts` the process ends, in `reloads` it reloads. */
async function play(
  values: readonly number[],
  restarts: ReadonlySet<number>,
  reloads: ReadonlySet<number>,
): Promise<string[]> {
  const clock = new ManualClock();
  const [series, state, sink] = [new MemorySeriesStore(), new MemoryStateStore(), new RecordingSink()];
  const path = join(folder, 'rules.yml');
  writeFileSync(path, RULES('0'));
  const build = (): RulesEngine =>
    new RulesEngine({
      engine: new PromqlEngine(series, clock),
      series,
      state,
      sink,
      clock,
      logger: silentLogger,
      telemetry: noTelemetry,
      config: rulesConfig.parse({ files: [path], interval: '10s', push: false, watch: false, resendDelay: '1h' }),
      externalUrl: '',
    });
  let engine = build();
  await engine.start();
  try {
    for (const [step, value] of values.entries()) {
      if (restarts.has(step)) {
        await engine.stop();
        engine = build();
        await engine.start();
      }
      if (reloads.has(step)) {
        writeFileSync(path, RULES(String(step)));
        await engine.reload();
      }
      await series.append([{ labels: Labels.of({ __name__: 'up' }), t: clock.now(), value }]);
      await clock.advance(10 * SECOND);
    }
    return episodes(sink.received);
  } finally {
    await engine.stop();
  }
}

const steps = fc.array(fc.constantFrom(0, 1), { minLength: 4, maxLength: 24 });
const moments = fc.uniqueArray(fc.nat(24), { maxLength: 6 }).map((list) => new Set(list));

test('restarts and reloads at any point lose no alert and make none anew', async () => {
  await fc.assert(
    fc.asyncProperty(steps, moments, moments, async (values, restarts, reloads) => {
      const undisturbed = await play(values, new Set(), new Set());
      expect(await play(values, restarts, reloads)).toEqual(undisturbed);
    }),
    { seed: 20260101, numRuns: 25 },
  );
}, 60_000);
