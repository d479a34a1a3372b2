import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anomalyConfig } from '../src/anomaly';
import { generate } from '../src/anomaly/testing/generate';
import { silentLogger } from '../src/base/logger';
import { noTelemetry } from '../src/base/telemetry';
import { ManualClock } from '../src/base/testing/manual-clock';
import { Labels } from '../src/domain/labels';
import { PromqlEngine } from '../src/promql';
import { RulesEngine, rulesConfig } from '../src/rules';
import { RecordingSink } from '../src/rules/testing/recording-sink';
import { createAnomalyWatch } from '../src/stack/anomaly-watch';
import { MemorySeriesStore, MemoryStateStore } from '../src/storage/memory';

const MINUTE = 60_000;
const RULES = `
groups:
  - name: anomalies
    interval: 1m
    rules:
      - alert: Unusual
        expr: abs(anomaly_score) > on (watch) group_left () anomaly_threshold
        for: 2m
        labels: {severity: warning}
        annotations: {summary: "{{ $labels.watch }} of {{ $labels.stage }} is unusual"}
`;

test('a shift raises the score that is recorded, and a rule on it fires, for the series that shifted alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'anomaly-'));
  writeFileSync(join(folder, 'rules.yml'), RULES);
  const clock = new ManualClock();
  const series = new MemorySeriesStore();
  const engine = new PromqlEngine(series, clock);
  const sink = new RecordingSink();
  const parts = { engine, series, clock, logger: silentLogger, telemetry: noTelemetry };
  const config = anomalyConfig.parse({
    automatic: false,
    watches: [{ name: 'latency', expr: 'max by (stage) (latency_seconds)' }],
  });
  const watch = createAnomalyWatch(config, parts);
  const rules = new RulesEngine({
    ...parts,
    state: new MemoryStateStore(),
    sink,
    config: rulesConfig.parse({ files: ['*.yml'], push: false, watch: false }),
    externalUrl: 'http://telltale.example',
    baseDir: folder,
  });
  const shape = { noise: 0.05, perDay: 1440, points: 800 };
  const stages = {
    inference: generate({ ...shape, seed: 1, shifts: [{ at: 770, share: 0.5 }] }),
    tool: generate({ ...shape, seed: 2 }),
  };
  const put = (at: number, t: number): Promise<unknown> =>
    series.append(
      Object.entries(stages).map(([stage, points]) => ({
        labels: Labels.of({ __name__: 'latency_seconds', stage }),
        t,
        value: points[at]?.value ?? 0,
      })),
    );
  try {
    // The past is there when the watch starts: it is read, so that nothing warms up anew.
    for (let at = 0; at < 720; at++) await put(at, clock.now() - (720 - at) * MINUTE);
    await watch.start();
    await rules.start();
    for (let at = 720; at < 790; at++) {
      await put(at, clock.now());
      await clock.advance(MINUTE);
      if (at === 769) expect(rules.alerts()).toEqual([]);
    }
    const score = await engine.instant(
      'abs(anomaly_score{stage="inference"}) / on (watch) anomaly_threshold',
      clock.now(),
    );
    expect(score.value.type === 'vector' ? (score.value.samples[0]?.value ?? 0) : 0).toBeGreaterThan(1);
    const band = await engine.instant('anomaly_band_lower{stage="tool"} < anomaly_band_upper', clock.now());
    expect(band.value.type === 'vector' ? band.value.samples.length : 0).toBe(1);
    const fired = rules.alerts().filter(({ state }) => state === 'firing');
    expect(fired.map(({ labels }) => labels.get('stage'))).toEqual(['inference']);
  } finally {
    await rules.stop();
    await watch.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
