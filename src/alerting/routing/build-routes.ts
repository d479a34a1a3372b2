import type { RouteSource } from '../config/alertmanager-file';
import { matchersText } from '../config/matchers';
import { readMatchers } from '../config/read-matchers';
import type { AlertingFault } from '../errors';
import type { Route } from './route';

/** Names that routes may refer to. */
export interface KnownNames {
  readonly receivers: ReadonlyMap<string, unknown>;
  readonly timeIntervals: ReadonlyMap<string, unknown>;
}

/** What the root inherits. */
const DEFAULTS: Omit<Route, 'id' | 'key' | 'matchers' | 'continue' | 'routes'> = {
  receiver: '',
  groupBy: new Set(),
  groupByAll: false,
  groupWait: 30_000,
  groupInterval: 300_000,
  repeatInterval: 14_400_000,
  muteTimeIntervals: [],
  activeTimeIntervals: [],
  labels: {},
  escalations: [],
};

/** Builds the tree; what is wrong is added to `faults`. */
export function buildRoutes(source: RouteSource, known: KnownNames, faults: AlertingFault[]): Route | undefined {
  const fault = (message: string, ...more: PropertyKey[]): void =>
    void faults.push({ path: ['route', ...more], message });
  if (source.receiver === undefined || source.receiver === null || source.receiver === '')
    fault('root route must specify a default receiver');
  if (count(source.match) + count(source.match_re) + (source.matchers?.length ?? 0) > 0)
    fault('root route must not have any matchers');
  if ((source.mute_time_intervals?.length ?? 0) > 0) fault('root route must not have any mute time intervals');
  if ((source.active_time_intervals?.length ?? 0) > 0) fault('root route must not have any active time intervals');
  if (source.continue === true) fault('cannot have continue in root route');
  const before = faults.length;
  const root = buildNode(source, { ...DEFAULTS, key: '' }, { id: '0', path: ['route'], known, faults });
  return faults.length === before ? root : undefined;
}

interface Place {
  readonly id: string;
  readonly path: readonly PropertyKey[];
  readonly known: KnownNames;
  readonly faults: AlertingFault[];
}

type Inherited = Omit<Route, 'id' | 'matchers' | 'continue' | 'routes'>;

function buildNode(source: RouteSource, parent: Inherited, place: Place): Route {
  const { id, path, known, faults } = place;
  const fault = (field: string, message: string): void => void faults.push({ path: [...path, field], message });
  const matchers = readMatchers(
    { equal: source.match, regex: source.match_re, lines: source.matchers },
    [...path, 'matchers'],
    faults,
  );
  const receiver = source.receiver ?? '';
  if (receiver !== '' && !known.receivers.has(receiver))
    fault('receiver', `undefined receiver "${receiver}" used in route`);
  for (const field of ['mute_time_intervals', 'active_time_intervals'] as const) {
    for (const name of source[field] ?? []) {
      if (!known.timeIntervals.has(name)) fault(field, `undefined time interval "${name}" used in route`);
    }
  }
  if (source.group_interval === 0) fault('group_interval', 'group_interval cannot be zero');
  if (source.repeat_interval === 0) fault('repeat_interval', 'repeat_interval cannot be zero');
  for (const { receiver: next } of source.escalate ?? []) {
    if (!known.receivers.has(next)) fault('escalate', `undefined receiver "${next}" used in escalation`);
  }
  const own: Inherited = {
    key: parent.key === '' ? matchersText(matchers) : `${parent.key}/${matchersText(matchers)}`,
    receiver: receiver === '' ? parent.receiver : receiver,
    ...groupingOf(source, parent, fault),
    groupWait: source.group_wait ?? parent.groupWait,
    groupInterval: source.group_interval ?? parent.groupInterval,
    repeatInterval: source.repeat_interval ?? parent.repeatInterval,
    muteTimeIntervals: source.mute_time_intervals ?? [],
    activeTimeIntervals: source.active_time_intervals ?? [],
    labels: { ...parent.labels, ...source.labels },
    escalations: source.escalate ?? parent.escalations,
  };
  return {
    ...own,
    id,
    matchers,
    continue: source.continue === true,
    routes: (source.routes ?? []).map((child, index) =>
      buildNode(child, own, { ...place, id: `${id}/${index}`, path: [...path, 'routes', index] }),
    ),
  };
}

function groupingOf(
  source: RouteSource,
  parent: Inherited,
  fault: (field: string, message: string) => void,
): Pick<Route, 'groupBy' | 'groupByAll'> {
  // An empty list is a decision: it takes the parent's labels away.
  if (source.group_by === undefined || source.group_by === null)
    return { groupBy: parent.groupBy, groupByAll: parent.groupByAll };
  const names = source.group_by.filter((name) => name !== '...');
  const all = names.length !== source.group_by.length;
  if (all && names.length > 0)
    fault('group_by', 'cannot have wildcard group_by (`...`) and other labels at the same time');
  if (new Set(names).size !== names.length) fault('group_by', 'duplicated label in group_by');
  if (names.includes('')) fault('group_by', 'invalid label name "" in group_by list');
  return { groupBy: new Set(names), groupByAll: all };
}

function count(record: object | null | undefined): number {
  return Object.keys(record ?? {}).length;
}
