import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { EpochMillis, Millis } from '../../base/clock';
import { messageOf } from '../../base/errors';
import { expandGlob } from '../file/glob';
import type { Problem } from '../problem';
import { TypedReader, valueOf } from '../yaml/typed-reader';
import { readYamlTree } from '../yaml/yaml-tree';
import type { Position, YamlNode } from '../yaml/yaml-tree';
import { readNotificationTest } from './notification-test';
import type { NotificationTest } from './notification-test';

/** A series given to a test. */
export interface InputSeries {
  readonly series: string;
  readonly values: string;
}

/** What an alert must look like. */
export interface ExpectedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Which alerts must fire at a time. */
export interface AlertRuleTest {
  readonly evalTime: Millis;
  readonly alertname: string;
  readonly expected: readonly ExpectedAlert[];
  readonly at: Position;
}

/** A sample that an expression must give. */
export interface ExpectedSample {
  readonly labels: string;
  readonly value: number;
  readonly histogram: string;
}

/** What an expression must give at a time. */
export interface PromqlExprTest {
  readonly expr: string;
  readonly evalTime: Millis;
  readonly expected: readonly ExpectedSample[];
  readonly at: Position;
}

/** Series, and what rules must make of them. */
export interface TestGroup {
  readonly name: string;
  readonly interval: Millis;
  readonly inputSeries: readonly InputSeries[];
  readonly alertRuleTests: readonly AlertRuleTest[];
  readonly promqlExprTests: readonly PromqlExprTest[];
  /** Ours: promtool does not know them. */
  readonly notificationTests: readonly NotificationTest[];
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
  /** The instant that eval times count from. */
  readonly start: EpochMillis;
  readonly at: Position;
}

/** A file of rule tests in promtool's format. */
export interface TestFile {
  readonly file: string;
  /** Existing files, globs expanded. */
  readonly ruleFiles: readonly string[];
  readonly evaluationInterval: Millis;
  readonly groupEvalOrder: readonly string[];
  readonly fuzzyCompare: boolean;
  /** The Alertmanager configuration of notification tests; without one, the `alerting:` section counts. */
  readonly alertmanagerConfig?: string;
  readonly tests: readonly TestGroup[];
  readonly problems: readonly Problem[];
}

const MINUTE: Millis = 60_000;

/** Reads a test file; its problems tell whether it can be run. */
export function readTestFile(file: string, text = readText(file)): TestFile {
  const tree = readYamlTree(file, text);
  const reader = new TypedReader(file, true);
  const failed = tree.problems.some(({ severity }) => severity === 'error');
  const root = failed || tree.root === undefined ? undefined : reader.map(tree.root, 'a test file');
  const base = {
    file,
    ruleFiles: [],
    evaluationInterval: MINUTE,
    groupEvalOrder: [],
    fuzzyCompare: false,
    tests: [],
    problems: [...tree.problems, ...reader.problems],
  };
  if (root === undefined) return base;
  reader.known(
    root,
    ['rule_files', 'evaluation_interval', 'group_eval_order', 'tests', 'fuzzy_compare', 'alertmanager_config'],
    'a test file',
    { groups: 'this is a rule file: check it with telltale check' },
  );
  const get = <T>(key: string, fallback: T, read: (node: YamlNode) => T): T => {
    const node = valueOf(root, key);
    return node === undefined ? fallback : read(node);
  };
  const texts = (key: string): { text: string; at: Position }[] =>
    get<{ text: string; at: Position }[]>(key, [], (node) =>
      reader.list(node, key).map((item) => ({ text: reader.text(item, key), at: item.at })),
    );
  const evaluationInterval =
    get('evaluation_interval', 0, (node) => reader.duration(node, 'evaluation_interval')) || MINUTE;
  const order = texts('group_eval_order');
  order.forEach(({ text: name, at }, index) => {
    if (order.findIndex((other) => other.text === name) !== index) {
      reader.error('group-order', at, `group name repeated in evaluation order: ${name}`);
    }
  });
  const ruleFiles = texts('rule_files').flatMap(({ text: pattern, at }) => {
    const found = expandGlob(pattern === '' || isAbsolute(pattern) ? pattern : join(dirname(file), pattern));
    if (found.length === 0) reader.warning('no-rule-file', at, `no file matches ${pattern}`);
    return found;
  });
  const fuzzyCompare = get('fuzzy_compare', false, (node) => reader.truth(node, 'fuzzy_compare'));
  const routing = get('alertmanager_config', '', (node) => reader.text(node, 'alertmanager_config'));
  const tests = get<TestGroup[]>('tests', [], (node) =>
    reader.list(node, 'tests').flatMap((item, index) => readGroup(reader, item, index, evaluationInterval) ?? []),
  );
  return {
    file,
    ruleFiles,
    evaluationInterval,
    groupEvalOrder: order.map(({ text: name }) => name),
    fuzzyCompare,
    ...(routing === '' ? {} : { alertmanagerConfig: resolve(dirname(file), routing) }),
    tests,
    problems: [...tree.problems, ...reader.problems],
  };
}

function readText(file: string): string {
  return readFileSync(file, 'utf8');
}

function readGroup(
  reader: TypedReader,
  node: YamlNode,
  index: number,
  evaluationInterval: Millis,
): TestGroup | undefined {
  const map = reader.map(node, 'a test');
  if (map === undefined) return undefined;
  reader.known(
    map,
    [
      'name',
      'interval',
      'input_series',
      'alert_rule_test',
      'promql_expr_test',
      'notification_test',
      'external_labels',
      'external_url',
      'start_timestamp',
    ],
    'a test',
  );
  const get = <T>(key: string, fallback: T, read: (value: YamlNode) => T): T => {
    const value = valueOf(map, key);
    return value === undefined ? fallback : read(value);
  };
  const list = <T>(key: string, read: (item: YamlNode) => T | undefined): T[] =>
    get<T[]>(key, [], (value) => reader.list(value, key).flatMap((item) => read(item) ?? []));
  return {
    name: get('name', '', (value) => reader.text(value, 'name')) || `unnamed#${index}`,
    interval: get('interval', 0, (value) => reader.duration(value, 'interval')) || evaluationInterval,
    inputSeries: list('input_series', (item) => readSeries(reader, item)),
    alertRuleTests: list('alert_rule_test', (item) => readAlertTest(reader, item)),
    promqlExprTests: list('promql_expr_test', (item) => readExprTest(reader, item)),
    notificationTests: list('notification_test', (item) => readNotificationTest(reader, item)),
    externalLabels: get('external_labels', {}, (value) => record(reader, value, 'external_labels')),
    externalUrl: get('external_url', '', (value) => reader.text(value, 'external_url')),
    start: get('start_timestamp', 0, (value) => readInstant(reader, value)),
    at: map.at,
  };
}

function readSeries(reader: TypedReader, node: YamlNode): InputSeries | undefined {
  const map = reader.map(node, 'an input series');
  if (map === undefined) return undefined;
  reader.known(map, ['series', 'values'], 'an input series');
  const text = (key: string): string => {
    const value = valueOf(map, key);
    return value === undefined ? '' : reader.text(value, key);
  };
  return { series: text('series'), values: text('values') };
}

function readAlertTest(reader: TypedReader, node: YamlNode): AlertRuleTest | undefined {
  const map = reader.map(node, 'an alert_rule_test');
  if (map === undefined) return undefined;
  reader.known(map, ['eval_time', 'alertname', 'exp_alerts'], 'an alert_rule_test');
  const evalTime = valueOf(map, 'eval_time');
  const alertname = valueOf(map, 'alertname');
  const expected = valueOf(map, 'exp_alerts');
  return {
    evalTime: evalTime === undefined ? 0 : reader.duration(evalTime, 'eval_time'),
    alertname: alertname === undefined ? '' : reader.text(alertname, 'alertname'),
    expected: expected === undefined ? [] : reader.list(expected, 'exp_alerts').map((item) => readAlert(reader, item)),
    at: map.at,
  };
}

function readAlert(reader: TypedReader, node: YamlNode): ExpectedAlert {
  const map = reader.map(node, 'an expected alert');
  if (map === undefined) return { labels: {}, annotations: {} };
  reader.known(map, ['exp_labels', 'exp_annotations'], 'an expected alert');
  const [labels, annotations] = [valueOf(map, 'exp_labels'), valueOf(map, 'exp_annotations')];
  return {
    labels: labels === undefined ? {} : record(reader, labels, 'exp_labels'),
    annotations: annotations === undefined ? {} : record(reader, annotations, 'exp_annotations'),
  };
}

function readExprTest(reader: TypedReader, node: YamlNode): PromqlExprTest | undefined {
  const map = reader.map(node, 'a promql_expr_test');
  if (map === undefined) return undefined;
  reader.known(map, ['expr', 'eval_time', 'exp_samples'], 'a promql_expr_test');
  const [expr, evalTime, samples] = [valueOf(map, 'expr'), valueOf(map, 'eval_time'), valueOf(map, 'exp_samples')];
  return {
    expr: expr === undefined ? '' : reader.text(expr, 'expr'),
    evalTime: evalTime === undefined ? 0 : reader.duration(evalTime, 'eval_time'),
    expected: samples === undefined ? [] : reader.list(samples, 'exp_samples').map((item) => readSample(reader, item)),
    at: map.at,
  };
}

function readSample(reader: TypedReader, node: YamlNode): ExpectedSample {
  const map = reader.map(node, 'an expected sample');
  if (map === undefined) return { labels: '', value: 0, histogram: '' };
  reader.known(map, ['labels', 'value', 'histogram'], 'an expected sample');
  const [labels, value, histogram] = [valueOf(map, 'labels'), valueOf(map, 'value'), valueOf(map, 'histogram')];
  return {
    labels: labels === undefined ? '' : reader.text(labels, 'labels'),
    value: value === undefined ? 0 : reader.float(value, 'value'),
    histogram: histogram === undefined ? '' : reader.text(histogram, 'histogram'),
  };
}

function readInstant(reader: TypedReader, node: YamlNode): EpochMillis {
  const text = reader.text(node, 'start_timestamp');
  if (/^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(text)) return Math.round(Number(text) * 1000);
  const instant = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(instant)) {
    reader.error(
      'bad-time',
      node.at,
      `start_timestamp: cannot read "${text}" as a time`,
      'write RFC 3339 or Unix seconds',
    );
    return 0;
  }
  return instant;
}

function record(reader: TypedReader, node: YamlNode, what: string): Record<string, string> {
  return Object.fromEntries([...reader.texts(node, what)].map(([key, { text }]) => [key, text]));
}

/** The problem of a file that cannot be read. */
export function unreadable(file: string, error: unknown): Problem {
  return {
    severity: 'error',
    code: 'unreadable',
    file,
    line: 0,
    column: 0,
    message: `cannot be read: ${messageOf(error)}`,
  };
}
