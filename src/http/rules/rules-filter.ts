import { createHash } from 'node:crypto';
import { BadInputError } from '../../base/errors';
import { Labels } from '../../domain/labels';
import { matchesAll } from '../../domain/matcher';
import type { Matcher } from '../../domain/matcher';
import { parseExpr } from '../../promql';
import type { GroupStatus, RuleStatus } from '../../rules';

/** Parameters of a request as Express reads them. */
export type QueryParameters = Readonly<Record<string, unknown>>;

/** What of the rules is asked for. */
export interface RulesFilter {
  readonly type: 'alerting' | 'recording' | undefined;
  readonly ruleNames: ReadonlySet<string>;
  readonly groupNames: ReadonlySet<string>;
  readonly files: ReadonlySet<string>;
  /** A rule passes if any list passes in all its matchers. */
  readonly selectors: readonly (readonly Matcher[])[];
  readonly excludeAlerts: boolean;
  readonly groupLimit: number | undefined;
  readonly nextToken: string | undefined;
}

/** @throws BadInputError */
export function readRulesFilter(query: QueryParameters): RulesFilter {
  const [type] = listOf(query, 'type');
  if (type !== undefined && type !== '' && type.toLowerCase() !== 'alert' && type.toLowerCase() !== 'record') {
    throw new BadInputError(`not supported value "${type}"`);
  }
  const [limitText] = listOf(query, 'group_limit');
  const [nextToken] = listOf(query, 'group_next_token');
  const groupLimit = limitText === undefined || limitText === '' ? undefined : Number(limitText);
  if (groupLimit !== undefined && (!Number.isInteger(groupLimit) || groupLimit <= 0)) {
    throw new BadInputError('group_limit needs to be a valid number and larger than 0');
  }
  if (nextToken !== undefined && nextToken !== '' && groupLimit === undefined) {
    throw new BadInputError('group_limit needs to be present in order to paginate over the groups');
  }
  const [exclude = ''] = listOf(query, 'exclude_alerts');
  if (exclude !== '' && !/^(?:1|t|true|0|f|false)$/i.test(exclude)) {
    throw new BadInputError(`error converting exclude_alerts: "${exclude}" is not true or false`);
  }
  return {
    type: type === undefined || type === '' ? undefined : type.toLowerCase() === 'alert' ? 'alerting' : 'recording',
    ruleNames: new Set(listOf(query, 'rule_name[]', 'rule_name')),
    groupNames: new Set(listOf(query, 'rule_group[]', 'rule_group')),
    files: new Set(listOf(query, 'file[]', 'file')),
    selectors: listOf(query, 'match[]', 'match').map(toMatchers),
    excludeAlerts: /^(?:1|t|true)$/i.test(exclude),
    groupLimit,
    nextToken: nextToken === '' ? undefined : nextToken,
  };
}

/**
 * The groups that pass, by file and name, without empty ones, and where to go on.
 * @throws BadInputError for a token that no group has.
 */
export function applyRulesFilter(
  groups: readonly GroupStatus[],
  filter: RulesFilter,
): { readonly groups: readonly GroupStatus[]; readonly nextToken: string | undefined } {
  const passing = [...groups]
    .sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .filter(
      ({ name, file }) =>
        (filter.groupNames.size === 0 || filter.groupNames.has(name)) &&
        (filter.files.size === 0 || filter.files.has(file)),
    )
    .map((group) => ({ ...group, rules: group.rules.filter((rule) => passes(rule, filter)) }))
    .filter(({ rules }) => rules.length > 0);
  let from = 0;
  if (filter.nextToken !== undefined) {
    from = passing.findIndex((group) => tokenOf(group) === filter.nextToken);
    if (from < 0) throw new BadInputError(`invalid group_next_token '${filter.nextToken}'. were rule groups changed?`);
  }
  const limit = filter.groupLimit ?? passing.length;
  const following = passing[from + limit];
  return {
    groups: passing.slice(from, from + limit),
    nextToken: following === undefined ? undefined : tokenOf(following),
  };
}

/** The token of the group that a page begins with. */
function tokenOf(group: GroupStatus): string {
  return createHash('sha1').update(`${group.file};${group.name}`).digest('hex');
}

function passes(rule: RuleStatus, filter: RulesFilter): boolean {
  return (
    (filter.type === undefined || filter.type === rule.type) &&
    (filter.ruleNames.size === 0 || filter.ruleNames.has(rule.name)) &&
    (filter.selectors.length === 0 || filter.selectors.some((matchers) => matchesAll(matchers, Labels.of(rule.labels))))
  );
}

function toMatchers(selector: string): readonly Matcher[] {
  const expr = parseExpr(selector);
  if (expr.kind !== 'vector') throw new BadInputError(`match[]: "${selector}" is not a selector`);
  return expr.matchers;
}

function listOf(query: QueryParameters, ...names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const value = query[name];
    if (Array.isArray(value)) return value.map(String);
    return typeof value === 'string' ? [value] : [];
  });
}
