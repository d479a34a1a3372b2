import type { Millis } from '../../base/clock';
import { messageOf } from '../../base/errors';
import type { PreparedChannel } from '../channels/channel';
import { channels } from '../channels';
import type { AlertingFault } from '../errors';
import type { InhibitRule } from '../mute/inhibitor';
import type { TimeInterval } from '../mute/time-interval';
import { buildRoutes } from '../routing/build-routes';
import type { Route } from '../routing/route';
import { alertmanagerFile } from './alertmanager-file';
import type { AlertmanagerFile, InhibitRuleSource } from './alertmanager-file';
import { normalizeYaml } from './normalize';
import { readMatchers } from './read-matchers';
import { toTimeInterval } from './time-intervals';

/** A channel of a receiver, known by its place. */
export interface Integration {
  /** `ops/webhook/0`: stable as long as the place is. */
  readonly key: string;
  readonly receiver: string;
  readonly channel: string;
  readonly index: number;
  readonly prepared: PreparedChannel;
}

/** Who can be told. */
export interface Receiver {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether a resolved follows every firing that was sent, even if muted at that moment. */
  readonly alwaysResolve: boolean;
  readonly integrations: readonly Integration[];
}

/** An alerting configuration, checked and ready to run. */
export interface ResolvedAlerting {
  readonly root: Route;
  readonly receivers: ReadonlyMap<string, Receiver>;
  readonly inhibitRules: readonly InhibitRule[];
  readonly timeIntervals: ReadonlyMap<string, readonly TimeInterval[]>;
  readonly resolveTimeout: Millis;
  /** Globs of template files, as written. */
  readonly templateGlobs: readonly string[];
  /** As written, for showing and exporting; holds credentials. */
  readonly source: unknown;
}

/** The keys under which a whole configuration is found; anything else in `value` is refused. */
export function resolveAlerting(value: unknown): {
  readonly resolved?: ResolvedAlerting;
  readonly faults: readonly AlertingFault[];
} {
  const parsed = alertmanagerFile.safeParse(normalizeYaml(value ?? {}));
  if (!parsed.success) {
    return { faults: parsed.error.issues.map(({ path, message }) => ({ path, message })) };
  }
  const file = parsed.data;
  const faults: AlertingFault[] = [];
  const timeIntervals = readIntervals(file, faults);
  const receivers = readReceivers(file, faults);
  const inhibitRules = readInhibitRules(file, faults);
  if (file.route === undefined || file.route === null) {
    faults.push({ path: [], message: 'no route provided in config' });
    return { faults };
  }
  const root = buildRoutes(file.route, { receivers, timeIntervals }, faults);
  if (root === undefined || faults.length > 0) return { faults };
  return {
    faults,
    resolved: {
      root,
      receivers,
      inhibitRules,
      timeIntervals,
      resolveTimeout: file.global.resolve_timeout,
      templateGlobs: file.templates,
      source: value,
    },
  };
}

function readIntervals(file: AlertmanagerFile, faults: AlertingFault[]): Map<string, readonly TimeInterval[]> {
  const intervals = new Map<string, readonly TimeInterval[]>();
  for (const key of ['time_intervals', 'mute_time_intervals'] as const) {
    file[key].forEach(({ name, time_intervals: alternatives }, index) => {
      if (intervals.has(name))
        faults.push({ path: [key, index, 'name'], message: `time interval "${name}" is not unique` });
      const read: TimeInterval[] = [];
      alternatives.forEach((alternative, at) => {
        try {
          read.push(toTimeInterval(alternative));
        } catch (error) {
          faults.push({ path: [key, index, 'time_intervals', at], message: messageOf(error) });
        }
      });
      intervals.set(name, read);
    });
  }
  return intervals;
}

function readReceivers(file: AlertmanagerFile, faults: AlertingFault[]): Map<string, Receiver> {
  const receivers = new Map<string, Receiver>();
  file.receivers.forEach((source, at) => {
    const given: Readonly<Record<string, unknown>> = source;
    const { name } = source;
    if (receivers.has(name)) {
      faults.push({ path: ['receivers', at, 'name'], message: `notification config name "${name}" is not unique` });
    }
    const labelled = source.labels?.['name'];
    if (labelled !== undefined && labelled !== name) {
      faults.push({
        path: ['receivers', at, 'labels', 'name'],
        message: `receiver label "name" must match receiver name "${name}", got "${labelled}"`,
      });
    }
    const integrations: Integration[] = [];
    for (const channel of channels) {
      const list = given[channel.key];
      if (!Array.isArray(list)) continue;
      list.forEach((raw: unknown, index) => {
        const prepared = channel.prepare(raw, file.global);
        if ('create' in prepared) {
          integrations.push({
            key: `${name}/${channel.name}/${index}`,
            receiver: name,
            channel: channel.name,
            index,
            prepared,
          });
        } else {
          faults.push(
            ...prepared.map((fault) => ({
              path: ['receivers', at, channel.key, index, ...fault.path],
              message: `${fault.message} (receiver "${name}")`,
            })),
          );
        }
      });
    }
    receivers.set(name, { name, labels: source.labels ?? {}, alwaysResolve: source.always_resolve, integrations });
  });
  return receivers;
}

function readInhibitRules(file: AlertmanagerFile, faults: AlertingFault[]): InhibitRule[] {
  return file.inhibit_rules.map((rule: InhibitRuleSource, index) => ({
    name: rule.name ?? `#${index}`,
    source: readMatchers(
      { equal: rule.source_match, regex: rule.source_match_re, lines: rule.source_matchers },
      ['inhibit_rules', index, 'source_matchers'],
      faults,
    ),
    target: readMatchers(
      { equal: rule.target_match, regex: rule.target_match_re, lines: rule.target_matchers },
      ['inhibit_rules', index, 'target_matchers'],
      faults,
    ),
    equal: [...new Set(rule.equal ?? [])].sort(),
  }));
}
