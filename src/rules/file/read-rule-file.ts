import type { Millis } from '../../base/clock';
import { messageOf } from '../../base/errors';
import { METRIC_NAME } from '../../domain/labels';
import { PromqlSyntaxError, PromqlTypeError, parseExpr } from '../../promql';
import type { Expr } from '../../promql';
import { AlertTemplate, TemplateSyntaxError } from '../../template';
import { ruleKinds } from '../kinds';
import type { CompiledRule, RuleKind } from '../kinds/kind';
import { TypedReader, keyPosition, positionIn, valueOf } from '../yaml/typed-reader';
import { readYamlTree } from '../yaml/yaml-tree';
import type { Position, YamlMap, YamlNode } from '../yaml/yaml-tree';
import type { Rule, RuleFile, RuleGroup, TemplatedText } from './rule-file';

const FILE_KEYS = ['groups'];
const GROUP_KEYS = ['name', 'interval', 'query_offset', 'limit', 'rules', 'labels'];
const RULE_KEYS = ['record', 'alert', 'expr', 'for', 'keep_firing_for', 'labels', 'annotations'];

/** What other systems' keys are called here. */
const HINTS: Readonly<Record<string, string>> = {
  evaluation_delay: 'write query_offset',
  evaluation_interval: 'write interval',
  name: 'write alert or record',
  severity: 'write labels: {severity: …}',
  summary: 'write annotations: {summary: …}',
  description: 'write annotations: {description: …}',
  threshold: 'it belongs into the expression, or into a kind such as latency:',
};

/** Reads a rule file in Prometheus' format, extended by the high-level kinds; finds every problem. */
export function readRuleFile(file: string, text: string): RuleFile {
  const tree = readYamlTree(file, text);
  const reader = new RuleReader(file);
  if (tree.problems.some(({ severity }) => severity === 'error')) return { file, groups: [], problems: tree.problems };
  const groups = tree.root === undefined ? [] : reader.file(tree.root);
  return { file, groups, problems: [...tree.problems, ...reader.problems] };
}

/** What the parts of a rule came from. */
interface RuleParts {
  readonly node: YamlMap;
  readonly kind: RuleKind | undefined;
  readonly labels: ReadonlyMap<string, string>;
  readonly ownLabels: ReturnType<TypedReader['texts']>;
  readonly annotations: ReturnType<TypedReader['texts']>;
  readonly holdFor: Millis | undefined;
  readonly keepFiringFor: Millis | undefined;
}

class RuleReader {
  private readonly reader: TypedReader;

  constructor(private readonly fileName: string) {
    this.reader = new TypedReader(fileName);
  }

  get problems(): TypedReader['problems'] {
    return this.reader.problems;
  }

  file(root: YamlNode): RuleGroup[] {
    const map = this.reader.map(root, 'a rule file');
    if (map === undefined) return [];
    this.reader.known(map, FILE_KEYS, 'a rule file', {
      rules: 'rules belong into a group: groups: [{name: …, rules: […]}]',
      tests: 'this is a test file: run it with telltale test',
      rule_files: 'this is a test file: run it with telltale test',
    });
    const groupsNode = valueOf(map, 'groups');
    const groups = groupsNode === undefined ? [] : this.reader.list(groupsNode, 'groups');
    const seen = new Set<string>();
    return groups.flatMap((node) => this.group(node, seen) ?? []);
  }

  private group(node: YamlNode, seen: Set<string>): RuleGroup | undefined {
    const { reader } = this;
    const map = reader.map(node, 'a group');
    if (map === undefined) return undefined;
    const nameNode = valueOf(map, 'name');
    const name = nameNode === undefined ? '' : reader.text(nameNode, 'name');
    reader.context = { group: name };
    reader.known(map, GROUP_KEYS, 'a group', HINTS);
    if (name === '') reader.error('group-name', nameNode?.at ?? map.at, 'the group has no name', 'write name: …');
    if (seen.has(name)) {
      reader.error('duplicate-group', nameNode?.at ?? map.at, `the group name "${name}" is repeated in this file`);
    }
    seen.add(name);
    const optional = <T>(key: string, read: (value: YamlNode) => T): T | undefined => {
      const value = valueOf(map, key);
      return value === undefined || (value.kind === 'scalar' && value.isNull) ? undefined : read(value);
    };
    const interval = optional('interval', (value) => reader.duration(value, 'interval'));
    const queryOffset = optional('query_offset', (value) => reader.duration(value, 'query_offset'));
    const limit = optional('limit', (value) => reader.integer(value, 'limit')) ?? 0;
    const labels = optional('labels', (value) => reader.texts(value, 'labels')) ?? new Map();
    this.checkLabels(labels);
    const rulesNode = valueOf(map, 'rules');
    const rules = rulesNode === undefined ? [] : reader.list(rulesNode, 'rules');
    const groupLabels = new Map([...labels].map(([key, { text }]) => [key, text]));
    const read = rules.flatMap((rule) => this.rule(rule, name, groupLabels));
    reader.context = {};
    return {
      file: this.fileName,
      name,
      interval: interval === 0 ? undefined : interval,
      queryOffset,
      limit,
      rules: read,
      at: map.at,
    };
  }

  private rule(node: YamlNode, group: string, groupLabels: ReadonlyMap<string, string>): Rule[] {
    const { reader } = this;
    reader.context = { group };
    const map = reader.map(node, 'a rule');
    if (map === undefined) return [];
    const text = (key: string): string => {
      const value = valueOf(map, key);
      return value === undefined ? '' : reader.text(value, key);
    };
    const [record, alert] = [text('record'), text('alert')];
    reader.context = { group, rule: alert === '' ? record : alert };
    reader.known(map, [...RULE_KEYS, ...ruleKinds.names], 'a rule', HINTS);
    if (record !== '' && alert !== '') {
      reader.error('record-and-alert', keyPosition(map, 'record'), 'only one of record and alert can be set');
    }
    if (record === '' && alert === '') {
      reader.error('no-name', map.at, 'one of record and alert must be set', 'write alert: NameOfTheAlert');
    }
    const kind = this.kindOf(map);
    const exprNode = valueOf(map, 'expr');
    const expr = text('expr');
    if (kind === undefined && expr === '' && (exprNode === undefined || exprNode.kind === 'scalar')) {
      reader.error(
        'no-expr',
        exprNode?.at ?? map.at,
        'the field expr must be set',
        `write expr: … or one of ${ruleKinds.names.join(', ')}`,
      );
    }
    if (kind !== undefined && expr !== '') {
      reader.error('expr-and-kind', keyPosition(map, 'expr'), `expr and ${kind.name} cannot both be set`);
    }
    const parts = this.parts(map, kind, groupLabels);
    if (record !== '') this.checkRecording(map, record, parts, kind);
    this.checkLabels(parts.ownLabels);
    for (const [name, { at }] of parts.annotations) {
      if (name === '') reader.error('annotation-name', at, 'invalid annotation name: it is empty');
    }
    const problemsBefore = reader.problems.length;
    const rules =
      kind !== undefined && expr === ''
        ? this.kindRules(kind, alert, parts)
        : this.plainRule(alert, record, expr, exprNode ?? map, parts);
    return reader.problems.length > problemsBefore && rules === undefined ? [] : (rules ?? []);
  }

  private parts(map: YamlMap, kind: RuleKind | undefined, groupLabels: ReadonlyMap<string, string>): RuleParts {
    const { reader } = this;
    const optional = <T>(key: string, read: (value: YamlNode) => T): T | undefined => {
      const value = valueOf(map, key);
      return value === undefined || (value.kind === 'scalar' && value.isNull) ? undefined : read(value);
    };
    const ownLabels = optional('labels', (value) => reader.texts(value, 'labels')) ?? new Map();
    const own = [...ownLabels].map(([key, { text }]): [string, string] => [key, text]);
    return {
      node: map,
      kind,
      labels: new Map([...groupLabels, ...own]),
      ownLabels,
      annotations: optional('annotations', (value) => reader.texts(value, 'annotations')) ?? new Map(),
      holdFor: optional('for', (value) => reader.duration(value, 'for')),
      keepFiringFor: optional('keep_firing_for', (value) => reader.duration(value, 'keep_firing_for')),
    };
  }

  private kindOf(map: YamlMap): RuleKind | undefined {
    const used = map.entries.filter(({ key }) => ruleKinds.find(key) !== undefined);
    const second = used[1];
    if (second !== undefined) {
      this.reader.error('several-kinds', second.at, `${used[0]?.key} and ${second.key} cannot both be set`);
    }
    return used[0] === undefined ? undefined : ruleKinds.find(used[0].key);
  }

  private checkRecording(map: YamlMap, record: string, parts: RuleParts, kind: RuleKind | undefined): void {
    const { reader } = this;
    const at = keyPosition(map, 'record');
    const bad = (field: string): void =>
      reader.error('recording-field', keyPosition(map, field), `invalid field ${field} in a recording rule`);
    if (parts.annotations.size > 0) bad('annotations');
    if (parts.holdFor !== undefined && parts.holdFor !== 0) bad('for');
    if (parts.keepFiringFor !== undefined && parts.keepFiringFor !== 0) bad('keep_firing_for');
    if (kind !== undefined) bad(kind.name);
    if (/[{}]/.test(record)) {
      reader.error('record-name', at, `braces in the recording rule's name "${record}"; should it be in expr?`);
    }
  }

  private checkLabels(labels: ReturnType<TypedReader['texts']>): void {
    for (const [name, { at }] of labels) {
      if (name === '' || name === METRIC_NAME) {
        this.reader.error('label-name', at, `invalid label name: ${JSON.stringify(name)}`);
      }
    }
  }

  private plainRule(
    alert: string,
    record: string,
    expr: string,
    exprNode: YamlNode,
    parts: RuleParts,
  ): Rule[] | undefined {
    const ast = expr === '' ? undefined : this.expression(expr, exprNode);
    const texts = alert === '' ? { labels: [], annotations: [] } : this.templates(alert, parts, [], []);
    if (ast === undefined) return undefined;
    const common = { expr, ast, labels: parts.labels, at: parts.node.at, exprAt: exprNode.at, kind: undefined };
    if (alert === '') return [{ type: 'recording', name: record, ...common }];
    return [
      {
        type: 'alerting',
        name: alert,
        ...common,
        holdFor: parts.holdFor ?? 0,
        keepFiringFor: parts.keepFiringFor ?? 0,
        labelTemplates: texts.labels,
        annotations: texts.annotations,
      },
    ];
  }

  private kindRules(kind: RuleKind, alert: string, parts: RuleParts): Rule[] | undefined {
    const { reader } = this;
    const node = valueOf(parts.node, kind.name);
    if (node === undefined) return undefined;
    const compiled = kind.compile(node, { alert, reader, holdFor: parts.holdFor });
    if (compiled === undefined) return undefined;
    return compiled.flatMap((rule) => this.compiledRule(rule, kind, parts, keyPosition(parts.node, kind.name)) ?? []);
  }

  private compiledRule(rule: CompiledRule, kind: RuleKind, parts: RuleParts, at: Position): Rule | undefined {
    const { reader } = this;
    let ast: Expr;
    try {
      ast = parseExpr(rule.expr);
    } catch (error) {
      reader.error('kind-expr', at, `${kind.name}: its PromQL ${rule.expr} is refused: ${messageOf(error)}`);
      return undefined;
    }
    const use = {
      name: kind.name,
      explanation: rule.explanation,
      threshold: rule.threshold,
      thresholdValue: rule.thresholdValue,
      measured: rule.measured,
      contributors: rule.contributors,
    };
    const common = { expr: rule.expr, ast, at: parts.node.at, exprAt: at, kind: use };
    if (rule.record !== undefined) {
      return { type: 'recording', name: rule.record, ...common, labels: new Map(Object.entries(rule.labels)) };
    }
    const labels = new Map([...Object.entries(rule.labels), ...parts.labels]);
    // A severity that the kind tells apart by window is its own, whatever the rule says of the rest.
    if (rule.fixedLabels !== undefined)
      for (const [name, value] of Object.entries(rule.fixedLabels)) labels.set(name, value);
    const texts = this.templates(
      rule.alert,
      parts,
      Object.entries({ ...rule.labels, ...rule.fixedLabels }),
      Object.entries(rule.annotations),
    );
    return {
      type: 'alerting',
      name: rule.alert,
      ...common,
      labels,
      holdFor: rule.holdFor,
      keepFiringFor: parts.keepFiringFor ?? rule.keepFiringFor,
      labelTemplates: texts.labels,
      annotations: texts.annotations,
    };
  }

  private expression(expr: string, node: YamlNode): Expr | undefined {
    try {
      return parseExpr(expr);
    } catch (error) {
      if (error instanceof PromqlSyntaxError || error instanceof PromqlTypeError) {
        const code = error instanceof PromqlSyntaxError ? 'expr-syntax' : 'expr-type';
        const at = positionIn(node, error.line, error.column);
        this.reader.error(code, at, `could not parse expression: ${error.reason}`);
      } else this.reader.error('expr-syntax', node.at, `could not parse expression: ${messageOf(error)}`);
      return undefined;
    }
  }

  /** The texts of labels and annotations; those given by a kind come first and are overridden by the rule's own. */
  private templates(
    alert: string,
    parts: RuleParts,
    givenLabels: readonly (readonly [string, string])[],
    givenAnnotations: readonly (readonly [string, string])[],
  ): { labels: TemplatedText[]; annotations: TemplatedText[] } {
    const at = parts.node.at;
    const labels = new Map<string, { text: string; at: Position }>();
    for (const [name, text] of givenLabels) labels.set(name, { text, at });
    for (const [name, text] of parts.labels) {
      if (!givenLabels.some(([given]) => given === name) || parts.ownLabels.has(name)) {
        labels.set(name, { text, at: parts.ownLabels.get(name)?.node.at ?? at });
      }
    }
    const annotations = new Map<string, { text: string; at: Position }>();
    for (const [name, text] of givenAnnotations) annotations.set(name, { text, at });
    for (const [name, { text, node }] of parts.annotations) annotations.set(name, { text, at: node.at });
    const compile = (what: string, texts: typeof labels): TemplatedText[] =>
      [...texts].flatMap(([name, { text, at: place }]) => this.template(alert, what, name, text, place) ?? []);
    return { labels: compile('label', labels), annotations: compile('annotation', annotations) };
  }

  private template(alert: string, what: string, name: string, text: string, at: Position): TemplatedText | undefined {
    try {
      return { name, template: new AlertTemplate(text, `__alert_${alert}`) };
    } catch (error) {
      const detail = error instanceof TemplateSyntaxError ? error.detail : messageOf(error);
      this.reader.error('template-syntax', at, `${what} "${name}": ${detail}`);
      return undefined;
    }
  }
}
