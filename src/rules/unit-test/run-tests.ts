import type { Clock, EpochMillis, Millis } from '../../base/clock';
import { formatDuration } from '../../base/duration';
import { messageOf } from '../../base/errors';
import type { Alert } from '../../domain/alert';
import { compareLabels } from '../../domain/labels';
import type { Labels } from '../../domain/labels';
import { PromqlEngine } from '../../promql';
import type { IncomingSample, SeriesStore } from '../../storage';
import { formatFloat } from '../../template';
import { isDue } from '../evaluation/alert-state';
import { AlertingEvaluator } from '../evaluation/alerting-evaluator';
import { GroupEvaluator } from '../evaluation/group-evaluator';
import { handedAlert, validityOf } from '../evaluation/handed-alert';
import { queryVector } from '../evaluation/rule-query';
import { loadRuleFiles } from '../file/load-rule-files';
import type { LoadedRules } from '../file/load-rule-files';
import type { RuleGroup } from '../file/rule-file';
import { formatProblem } from '../problem';
import { histogramText, isReset, parseHistogram } from './histogram-text';
import type { NotificationRun, NotificationTester } from './notification-test';
import { parseMetric, parseSeries } from './series-text';
import type { SeriesText, SeriesValue } from './series-text';
import type { AlertRuleTest, PromqlExprTest, TestFile, TestGroup } from './test-file';
import { TestSeriesStore } from './test-store';

/** What a run needs from outside. */
export interface TestSurroundings {
  readonly clock: Clock;
  /** Runs notification tests; without one they fail. */
  readonly notifications?: NotificationTester;
}

/** How one test of a file went. */
export interface TestOutcome {
  readonly name: string;
  readonly failures: readonly string[];
  readonly elapsed: Millis;
}

/** How a file's tests went. */
export interface TestFileOutcome {
  readonly file: string;
  /** What kept the file from being run. */
  readonly problems: readonly string[];
  readonly tests: readonly TestOutcome[];
  readonly rules: LoadedRules;
  readonly passed: boolean;
}

/** Runs the tests of a file whose name passes `run`, as promtool does. Source: Prometheus, cmd/promtool/unittest.go. */
export async function runTestFile(
  testFile: TestFile,
  surroundings: TestSurroundings,
  run: (name: string) => boolean = () => true,
): Promise<TestFileOutcome> {
  const errors = testFile.problems.filter(({ severity }) => severity === 'error').map(formatProblem);
  const rules = loadRuleFiles(testFile.ruleFiles);
  const tests: TestOutcome[] = [];
  if (errors.length === 0) {
    const broken = rules.problems.filter(({ severity }) => severity === 'error').map(formatProblem);
    for (const group of testFile.tests) {
      if (!run(group.name)) continue;
      const began = surroundings.clock.elapsed();
      const failures = broken.length > 0 ? broken : await runGroup(testFile, group, rules, surroundings);
      tests.push({ name: group.name, failures, elapsed: surroundings.clock.elapsed() - began });
    }
  }
  return {
    file: testFile.file,
    problems: errors,
    tests,
    rules,
    passed: errors.length === 0 && tests.every(({ failures }) => failures.length === 0),
  };
}

async function runGroup(
  testFile: TestFile,
  test: TestGroup,
  rules: LoadedRules,
  surroundings: TestSurroundings,
): Promise<string[]> {
  let series: readonly SeriesText[];
  try {
    series = inputSeries(test);
  } catch (error) {
    return [messageOf(error)];
  }
  const nameless = test.alertRuleTests.find(({ alertname }) => alertname === '');
  if (nameless !== undefined) {
    const time = formatDuration(nameless.evalTime);
    return [`an item under alert_rule_test misses required attribute alertname at eval_time ${time} (in ${test.name})`];
  }
  const store = new TestSeriesStore();
  await store.start();
  try {
    return await new GroupRun(testFile, test, rules, series, store, surroundings).run();
  } finally {
    await store.stop();
  }
}

/** The input series by their labels; of a repeated one the last counts. Lines are read as the load command reads them. */
function inputSeries(test: TestGroup): SeriesText[] {
  const byKey = new Map<string, SeriesText>();
  const lines = test.inputSeries.flatMap(({ series, values }) => `${series} ${values}`.split('\n'));
  for (const line of lines.map((text) => text.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const parsed = parseSeries(line);
    byKey.set(parsed.labels.key, { labels: parsed.labels, values: withHints(parsed.values) });
  }
  return [...byKey.values()];
}

/** Histograms with the hint that storage would give them: whether the counter goes on since the sample before. */
function withHints(values: readonly SeriesValue[]): SeriesValue[] {
  let before: Extract<SeriesValue, { kind: 'histogram' }> | undefined;
  return values.map((value) => {
    if (value === undefined) return value;
    const previous = before;
    before = value.kind === 'histogram' ? value : undefined;
    if (value.kind !== 'histogram' || previous === undefined || value.histogram.counterResetHint !== 'unknown') {
      return value;
    }
    const counterResetHint = isReset(previous.histogram, value.histogram) ? 'reset' : 'not_reset';
    return { kind: 'histogram', histogram: { ...value.histogram, counterResetHint } };
  });
}

/** Firing alerts are handed over again after this long, as `rules.resendDelay` has it by default. */
const RESEND_DELAY: Millis = 60_000;

class GroupRun {
  private readonly engine: PromqlEngine;
  private readonly groups: readonly GroupEvaluator[];
  private readonly failures: string[] = [];
  /** How many values of the input have been loaded. */
  private loaded = 0;
  /** What the rules hand over, for notification tests. */
  private readonly handed: NotificationRun['handed'][number][] = [];

  constructor(
    private readonly testFile: TestFile,
    private readonly test: TestGroup,
    rules: LoadedRules,
    private readonly series: readonly SeriesText[],
    private readonly store: SeriesStore,
    private readonly around: TestSurroundings,
  ) {
    const { clock } = around;
    this.engine = new PromqlEngine(store, clock, { subqueryStep: testFile.evaluationInterval });
    const surroundings = {
      engine: this.engine,
      externalLabels: test.externalLabels,
      externalUrl: test.externalUrl,
      resolvedRetention: 900_000,
      clock,
      append: (samples: readonly IncomingSample[]) => store.append(samples),
    };
    this.groups = inOrder(
      rules.files.flatMap(({ groups }) => groups),
      testFile.groupEvalOrder,
    ).map((group) => new GroupEvaluator(group, surroundings));
  }

  async run(): Promise<string[]> {
    const { test, testFile } = this;
    const times = [...test.alertRuleTests, ...test.promqlExprTests, ...test.notificationTests].map(
      ({ evalTime }) => evalTime,
    );
    const last = Math.max(0, ...times);
    const interval = testFile.evaluationInterval;
    for (let elapsed = 0; elapsed <= last; elapsed += interval) {
      const errors = await this.step(test.start + elapsed, elapsed);
      if (errors.length > 0) return [...this.failures, ...errors];
      if (test.notificationTests.length > 0) this.hand(test.start + elapsed);
      for (const alertTest of test.alertRuleTests) {
        if (elapsed <= alertTest.evalTime && alertTest.evalTime < elapsed + interval) this.checkAlerts(alertTest);
      }
    }
    for (const exprTest of test.promqlExprTests) await this.checkExpr(exprTest);
    if (test.notificationTests.length > 0) this.failures.push(...(await this.checkNotifications()));
    return this.failures;
  }

  /** Notes the alerts that are due to be handed over, as the running engine would hand them. */
  private hand(at: EpochMillis): void {
    const { externalLabels, externalUrl } = this.test;
    const validFor = validityOf(this.testFile.evaluationInterval, RESEND_DELAY);
    const alerts: Alert[] = [];
    for (const { evaluator } of this.groups.flatMap(({ rules }) => rules)) {
      if (!(evaluator instanceof AlertingEvaluator)) continue;
      for (const alert of evaluator.alerts) {
        if (!isDue(alert, at, RESEND_DELAY)) continue;
        evaluator.update(alert, { lastSentAt: at });
        alerts.push(handedAlert(evaluator.rule, alert, at, { externalLabels, externalUrl, validFor }));
      }
    }
    if (alerts.length > 0) this.handed.push({ at, alerts });
  }

  private async checkNotifications(): Promise<readonly string[]> {
    const { handed, test, testFile } = this;
    if (this.around.notifications === undefined) return ['notification_test: nothing here can play notifications'];
    return this.around.notifications.check({
      file: testFile.file,
      alertmanagerConfig: testFile.alertmanagerConfig,
      start: test.start,
      interval: testFile.evaluationInterval,
      handed,
      tests: test.notificationTests,
    });
  }

  /** Loads what is due and evaluates every group once; the errors of rules. */
  private async step(at: EpochMillis, elapsed: Millis): Promise<string[]> {
    await this.load(elapsed);
    const errors: string[] = [];
    for (const group of this.groups) {
      for (const { rule, error } of await group.evaluate(at, group.group.queryOffset ?? 0)) {
        if (error !== undefined) {
          errors.push(`rule: ${rule.evaluator.rule.name}, time: ${formatDuration(elapsed)}, err: ${error}`);
        }
      }
    }
    return errors;
  }

  private async load(elapsed: Millis): Promise<void> {
    const due = Math.floor(elapsed / this.test.interval) + 1;
    const samples: IncomingSample[] = [];
    for (const { labels, values } of this.series) {
      for (let i = this.loaded; i < Math.min(due, values.length); i++) {
        const value = values[i];
        const t = this.test.start + i * this.test.interval;
        if (value?.kind === 'number') samples.push({ labels, t, value: value.value });
        else if (value?.kind === 'stale') samples.push({ labels, t, value: NaN, stale: true });
        else if (value?.kind === 'histogram') samples.push({ labels, t, value: 0, histogram: value.histogram });
      }
    }
    this.loaded = due;
    if (samples.length > 0) await this.store.append(samples);
  }

  private checkAlerts({ alertname, evalTime, expected }: AlertRuleTest): void {
    const got: Described[] = [];
    for (const { rules } of this.groups) {
      for (const { evaluator } of rules) {
        if (!(evaluator instanceof AlertingEvaluator) || evaluator.rule.name !== alertname) continue;
        for (const { state, labels, annotations } of evaluator.alerts) {
          if (state === 'firing') got.push({ labels: labels.toRecord(), annotations });
        }
      }
    }
    const wanted = expected.map(({ labels, annotations }) => ({
      labels: { ...labels, alertname },
      annotations,
    }));
    const [wantedText, gotText] = [alertsText(wanted), alertsText(got)];
    if (wantedText === gotText) return;
    this.failures.push(
      `alertname: ${alertname}, time: ${formatDuration(evalTime)}\n  exp: ${wantedText}\n  got: ${gotText}`,
    );
  }

  private async checkExpr({ expr, evalTime, expected }: PromqlExprTest): Promise<void> {
    const time = formatDuration(evalTime);
    try {
      const got = (await queryVector(this.engine, expr, this.test.start + evalTime)).map(
        ({ labels, value, histogram }): ComparedSample => ({
          labels,
          value: histogram === undefined ? value : 0,
          histogram: histogram === undefined ? '' : histogramText(histogram),
        }),
      );
      const wanted = expected.map(({ labels, value, histogram }): ComparedSample => ({
        labels: parseMetric(labels),
        value: histogram === '' ? value : 0,
        histogram: histogram === '' ? '' : histogramText(parseHistogram(histogram.trim())),
      }));
      if (this.same(wanted.sort(bySample), got.sort(bySample))) return;
      this.failures.push(
        `expr: ${JSON.stringify(expr)}, time: ${time}\n  exp: ${samplesText(wanted)}\n  got: ${samplesText(got)}`,
      );
    } catch (error) {
      this.failures.push(`expr: ${JSON.stringify(expr)}, time: ${time}, err: ${messageOf(error)}`);
    }
  }

  private same(wanted: readonly ComparedSample[], got: readonly ComparedSample[]): boolean {
    return (
      wanted.length === got.length &&
      wanted.every((sample, index) => {
        const other = got[index];
        return (
          other !== undefined &&
          sample.labels.equals(other.labels) &&
          sample.histogram === other.histogram &&
          (sample.value === other.value || (this.testFile.fuzzyCompare && areNeighbours(sample.value, other.value)))
        );
      })
    );
  }
}

/** Plain records: promtool tells an empty text from one that is not there. */
interface Described {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface ComparedSample {
  readonly labels: Labels;
  readonly value: number;
  readonly histogram: string;
}

/** Groups named in the order are evaluated by it, all others with the first; otherwise the order of the files. */
function inOrder(groups: readonly RuleGroup[], order: readonly string[]): RuleGroup[] {
  const rank = (name: string): number => Math.max(0, order.indexOf(name));
  return [...groups].sort((a, b) => rank(a.name) - rank(b.name));
}

function bySample(a: ComparedSample, b: ComparedSample): number {
  return compareLabels(a.labels, b.labels);
}

function alertsText(alerts: readonly Described[]): string {
  const texts = alerts
    .map(({ labels, annotations }) => `\n    Labels:${pairsText(labels)} Annotations:${pairsText(annotations)}`)
    .sort();
  return texts.length === 0 ? '[]' : `[${texts.join(',')}\n  ]`;
}

function pairsText(record: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ')}}`;
}

function samplesText(samples: readonly ComparedSample[]): string {
  if (samples.length === 0) return 'nil';
  return samples
    .map(
      ({ labels, value, histogram }) =>
        `${labels.toString()} ${histogram === '' ? formatFloat(value, 'g') : histogram}`,
    )
    .join(', ');
}

const bits = new BigInt64Array(1);
const floats = new Float64Array(bits.buffer);

/** Whether no third number lies between the two. */
function areNeighbours(a: number, b: number): boolean {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return false;
  const difference = orderOf(a) - orderOf(b);
  return difference === 1n || difference === -1n || difference === 0n;
}

function orderOf(value: number): bigint {
  floats[0] = value;
  const raw = bits[0] ?? 0n;
  return raw < 0n ? -(raw & 0x7fffffffffffffffn) : raw;
}
