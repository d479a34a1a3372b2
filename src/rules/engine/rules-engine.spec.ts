import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../base/logger';
import { noTelemetry } from '../../base/telemetry';
import { ManualClock } from '../../base/testing/manual-clock';
import { Labels } from '../../domain/labels';
import { PromqlEngine } from '../../promql';
import { MemorySeriesStore, MemoryStateStore } from '../../storage/memory';
import { rulesConfig } from '../rules.config';
import { RecordingSink } from '../testing/recording-sink';
import { RulesEngine } from './rules-engine';

const SECOND = 1000;
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'rules-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface World {
  readonly clock: ManualClock;
  readonly series: MemorySeriesStore;
  readonly state: MemoryStateStore;
  readonly sink: RecordingSink;
}

function world(): World {
  return {
    clock: new ManualClock(),
    series: new MemorySeriesStore(),
    state: new MemoryStateStore(),
    sink: new RecordingSink(),
  };
}

function build({ clock, series, state, sink }: World, config: Record<string, unknown> = {}): RulesEngine {
  return new RulesEngine({
    engine: new PromqlEngine(series, clock),
    series,
    state,
    sink,
    clock,
    logger: silentLogger,
    telemetry: noTelemetry,
    config: rulesConfig.parse({ files: ['*.yml'], interval: '10s', push: false, watch: false, ...config }),
    externalUrl: 'http://telltale.example',
    baseDir: folder,
  });
}

const rules = (text: string): void => writeFileSync(join(folder, 'rules.yml'), text);
const group = (lines: string): void => rules(`groups:\n- name: g\n  rules:\n${lines}`);

/** Sets up{job="api"} to a value at every second from now on, for a time, moving the clock. */
async function live({ clock, series }: World, value: number, seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    await series.append([{ labels: Labels.of({ __name__: 'up', job: 'api' }), t: clock.now(), value }]);
    await clock.advance(SECOND);
  }
}

const alertRule = (hold: string, extra = ''): string => `
  - alert: Down
    expr: up == 0
    for: ${hold}
    labels: {severity: critical}
    annotations: {summary: "{{ $labels.job }} is {{ $value }}"}
${extra}`;

test('an alert goes from pending to firing to resolved, and the sink is told', async () => {
  const w = world();
  group(alertRule('30s'));
  const engine = build(w);
  await engine.start();
  await live(w, 1, 20);
  expect(engine.alerts()).toEqual([]);
  await live(w, 0, 20);
  expect(engine.alerts().map(({ state, labels }) => [state, labels.toString()])).toEqual([
    ['pending', '{alertname="Down", job="api", severity="critical"}'],
  ]);
  expect(w.sink.take()).toEqual([]);
  await live(w, 0, 30);
  const [fired] = w.sink.take();
  expect(fired).toMatchObject({
    annotations: { summary: 'api is 0' },
    details: { value: 0, valueAtFire: 0, query: 'up == 0', threshold: '0' },
  });
  expect(fired?.generatorUrl).toBe('http://telltale.example/graph?g0.expr=up+%3D%3D+0&g0.tab=1');
  // Vouched for four times the longer of interval and resend delay.
  expect((fired?.endsAt ?? 0) - (fired?.startsAt ?? 0)).toBe(240 * SECOND);
  await live(w, 1, 20);
  const [resolved] = w.sink.take();
  expect(resolved?.startsAt).toBe(fired?.startsAt);
  expect((resolved?.endsAt ?? 0) <= w.clock.now()).toBe(true);
  // What is measured now, not the value that last breached.
  expect(resolved?.details).toMatchObject({ value: 1, valueAtFire: 0, valueAtResolve: 1 });
  expect((await engine.history(0, w.clock.now(), 10)).map(({ from, to }) => `${from}>${to}`)).toEqual([
    'firing>inactive',
    'pending>firing',
    'inactive>pending',
  ]);
  await engine.stop();
  expect(w.clock.pending).toBe(0);
});

test('a firing alert is told again after more than the resend delay', async () => {
  const w = world();
  group(alertRule('0s'));
  const engine = build(w);
  await engine.start();
  await live(w, 0, 200);
  const times = w.sink.take().map(({ endsAt }) => endsAt / SECOND);
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  expect(gaps).toEqual([70, 70]);
  await engine.stop();
});

test('what the sink refuses is handed over again', async () => {
  const w = world();
  group(alertRule('0s'));
  const engine = build(w);
  await engine.start();
  w.sink.broken = true;
  await live(w, 0, 25);
  w.sink.broken = false;
  await live(w, 0, 10);
  expect(w.sink.take()).toHaveLength(1);
  w.sink.broken = true;
  await live(w, 1, 15);
  w.sink.broken = false;
  await live(w, 1, 10);
  const ends = w.sink.take().map(({ endsAt }) => endsAt <= w.clock.now());
  expect(ends).toEqual([true]);
  await engine.stop();
});

test.each([
  { name: 'pending', before: 15, expected: 'pending' },
  { name: 'firing', before: 45, expected: 'firing' },
])('after a crash a $name alert is what it was', async ({ before, expected }) => {
  const w = world();
  group(alertRule('30s'));
  const first = build(w);
  await first.start();
  await live(w, 0, before);
  const [alert] = first.alerts();
  expect(alert?.state).toBe(expected);
  await first.stop();
  const sentBefore = w.sink.take().length;
  const second = build(w);
  await second.start();
  expect(second.alerts().map(({ state, activeAt }) => [state, activeAt])).toEqual([[expected, alert?.activeAt]]);
  await live(w, 0, 35);
  expect(second.alerts()[0]).toMatchObject({ state: 'firing', activeAt: alert?.activeAt });
  // Told once, by one process or the other; not twice within the delay.
  expect(sentBefore + w.sink.take().length).toBe(1);
  await live(w, 1, 20);
  expect(w.sink.take().some(({ endsAt }) => endsAt <= w.clock.now())).toBe(true);
  await second.stop();
});

test('an outage while pending does not count, and a long one starts over', async () => {
  const w = world();
  group(alertRule('10m'));
  const first = build(w);
  await first.start();
  await live(w, 0, 120);
  const activeAt = first.alerts()[0]?.activeAt ?? 0;
  await first.stop();
  await w.clock.advance(1800 * SECOND);
  const second = build(w);
  await second.start();
  const moved = (second.alerts()[0]?.activeAt ?? 0) - activeAt;
  expect(moved / SECOND).toBeGreaterThan(1780);
  await second.stop();
  await w.clock.advance(7200 * SECOND);
  const third = build(w);
  await third.start();
  expect(third.alerts()).toEqual([]);
  await third.stop();
});

test('recording rules feed later rules of the group, and their series end when results end', async () => {
  const w = world();
  group(`
  - record: job:up:sum
    expr: sum by (job) (up) > 0
    labels: {team: a}
  - alert: Recorded
    expr: job:up:sum{team="a"} > 0
    labels: {severity: info}
`);
  const engine = build(w);
  await engine.start();
  await live(w, 1, 15);
  expect(engine.alerts().map(({ labels }) => labels.get('alertname'))).toEqual(['Recorded']);
  await live(w, 0, 15);
  const query = new PromqlEngine(w.series, w.clock);
  expect((await query.instant('job:up:sum', w.clock.now())).value).toMatchObject({ samples: [] });
  expect(engine.groups()[0]?.rules.map(({ health, type }) => [type, health])).toEqual([
    ['recording', 'ok'],
    ['alerting', 'ok'],
  ]);
  await engine.stop();
});

test('the series ALERTS and ALERTS_FOR_STATE are written', async () => {
  const w = world();
  group(alertRule('20s'));
  const engine = build(w);
  await engine.start();
  const query = new PromqlEngine(w.series, w.clock);
  const states = async (): Promise<string[]> => {
    const { value } = await query.instant('ALERTS', w.clock.now());
    return value.type === 'vector' ? value.samples.map(({ labels }) => labels.get('alertstate')) : [];
  };
  await live(w, 0, 15);
  expect(await states()).toEqual(['pending']);
  await live(w, 0, 20);
  expect(await states()).toEqual(['firing']);
  const { value } = await query.instant('ALERTS_FOR_STATE', w.clock.now());
  expect(value.type === 'vector' ? value.samples[0]?.value : 0).toBe(
    Math.floor((engine.alerts()[0]?.activeAt ?? 0) / 1000),
  );
  await engine.stop();
});

test('a failing rule keeps its alerts; too many alerts drop them all', async () => {
  const w = world();
  rules(`groups:
- name: g
  limit: 1
  rules:
  - alert: Many
    expr: up >= 0
`);
  const engine = build(w);
  await engine.start();
  await live(w, 0, 15);
  expect(engine.alerts()).toHaveLength(1);
  await w.series.append([{ labels: Labels.of({ __name__: 'up', job: 'other' }), t: w.clock.now(), value: 1 }]);
  await w.clock.advance(10 * SECOND);
  expect(engine.alerts()).toEqual([]);
  expect(engine.groups()[0]?.rules[0]).toMatchObject({ health: 'err', lastError: 'exceeded limit of 1 with 2 alerts' });
  await engine.stop();
});

describe('reload', () => {
  test('keeps alerts of rules with the same name and labels, resolves those of removed ones', async () => {
    const w = world();
    group(alertRule('0s', '  - alert: Gone\n    expr: up == 0\n    labels: {severity: info}\n'));
    const engine = build(w);
    await engine.start();
    await live(w, 0, 15);
    const activeAt = engine.alerts().find(({ labels }) => labels.get('alertname') === 'Down')?.activeAt;
    w.sink.take();
    group(alertRule('0s').replace('up == 0', 'up < 1'));
    expect(engine.plan()).toEqual({
      added: [],
      changed: [{ file: join(folder, 'rules.yml'), group: 'g', rule: 'Down', effect: '1 firing alert is kept' }],
      removed: [{ file: join(folder, 'rules.yml'), group: 'g', rule: 'Gone', effect: '1 firing alert is resolved' }],
      unchanged: 0,
    });
    await engine.reload();
    const told = w.sink.take();
    expect(told.map(({ labels, endsAt }) => [labels.get('alertname'), endsAt <= w.clock.now()])).toEqual([
      ['Gone', true],
    ]);
    await live(w, 0, 15);
    expect(engine.alerts().map(({ labels, activeAt: at }) => [labels.get('alertname'), at])).toEqual([
      ['Down', activeAt],
    ]);
    await engine.stop();
  });

  test('is all or nothing', async () => {
    const w = world();
    group(alertRule('0s'));
    const engine = build(w);
    await engine.start();
    await live(w, 0, 15);
    group(alertRule('0s').replace('up == 0', 'up == ('));
    await expect(engine.reload()).rejects.toThrow(/rules\.yml:\d+:\d+: group "g", rule "Down": could not parse/);
    await live(w, 0, 15);
    expect(engine.alerts()).toHaveLength(1);
    await engine.stop();
  });

  test('leaves an unchanged group running and ends series of a removed one after two intervals', async () => {
    const w = world();
    rules(`groups:
- name: a
  rules: [{record: "r:a", expr: sum(up)}]
- name: b
  rules: [{record: "r:b", expr: sum(up)}]
`);
    const engine = build(w);
    await engine.start();
    await live(w, 1, 15);
    rules('groups:\n- name: a\n  rules: [{record: "r:a", expr: sum(up)}]\n');
    expect(await engine.reload()).toMatchObject({ unchanged: 1, removed: [{ rule: 'r:b' }] });
    const query = new PromqlEngine(w.series, w.clock);
    const count = async (expr: string): Promise<number> => {
      const { value } = await query.instant(expr, w.clock.now());
      return value.type === 'vector' ? value.samples.length : 0;
    };
    await live(w, 1, 15);
    expect([await count('r:a'), await count('r:b')]).toEqual([1, 1]);
    await live(w, 1, 10);
    expect([await count('r:a'), await count('r:b')]).toEqual([1, 0]);
    await engine.stop();
  });

  test('happens by itself when a file changes, and a bad file changes nothing', async () => {
    const w = world();
    group(alertRule('0s'));
    const engine = build(w, { watch: true });
    await engine.start();
    group(alertRule('5m'));
    await w.clock.advance(1100);
    expect(engine.groups()[0]?.rules[0]).toMatchObject({ holdFor: 300_000 });
    rules('groups: [');
    await w.clock.advance(1100);
    expect(engine.groups()[0]?.rules[0]).toMatchObject({ holdFor: 300_000 });
    await engine.stop();
  });
});

describe('push evaluation', () => {
  test('fires well under a second after the sample', async () => {
    const w = world();
    group(alertRule('0s'));
    const engine = build(w, { push: true, interval: '60s' });
    await engine.start();
    await live(w, 1, 70);
    await w.series.append([{ labels: Labels.of({ __name__: 'up', job: 'api' }), t: w.clock.now(), value: 0 }]);
    await w.clock.advance(300);
    expect(w.sink.take()).toHaveLength(1);
    await engine.stop();
  });

  test('finds at every slot what evaluation by slots alone finds', async () => {
    const [pushed, slotted] = [world(), world()];
    group(alertRule('0s', '  - alert: Held\n    expr: up == 0\n    for: 20s\n'));
    const engines = [build(pushed, { push: true }), build(slotted, { push: false })];
    for (const engine of engines) await engine.start();
    let seed = 7;
    for (let step = 0; step < 200; step++) {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      const value = seed % 3 === 0 ? 0 : 1;
      for (const w of [pushed, slotted]) await live(w, value, 1);
      const atSlot = engines.every(
        (engine) => engine.groups()[0]?.lastEvaluation === engines[1]?.groups()[0]?.lastEvaluation,
      );
      if (!atSlot) continue;
      const [a, b] = engines.map((engine) =>
        engine
          .alerts()
          .filter(({ labels }) => labels.get('alertname') === 'Held')
          .map(({ state, activeAt }) => [state, activeAt]),
      );
      expect(a).toEqual(b);
    }
    const series = async (w: World): Promise<unknown> =>
      (await new PromqlEngine(w.series, w.clock).range('ALERTS', w.clock.now() - 190_000, w.clock.now(), 10_000)).value;
    expect(JSON.stringify(await series(pushed))).toBe(JSON.stringify(await series(slotted)));
    for (const engine of engines) await engine.stop();
  });
});

test('intervals go down to a tenth of a second', async () => {
  const w = world();
  rules('groups:\n- name: fast\n  interval: 100ms\n  rules:\n  - alert: Fast\n    expr: up == 0\n    for: 300ms\n');
  const engine = build(w);
  await engine.start();
  await w.series.append([{ labels: Labels.of({ __name__: 'up' }), t: w.clock.now(), value: 0 }]);
  await w.clock.advance(550);
  expect(engine.alerts()[0]?.state).toBe('firing');
  await engine.stop();
});
