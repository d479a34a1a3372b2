import { z } from 'zod';
import { duration } from '../../base/duration';
import { channels } from '../channels';
import { globalSettings } from './global';
import { namedTimeInterval } from './time-intervals';

/** YAML reads `500` as a number; where a text is wanted, Alertmanager takes it as one. */
const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const texts = z.record(z.string(), text);
const lines = z.array(text);
/** YAML's empty value stands for "not given". */
const optionalDuration = duration.nullish().transform((value) => value ?? undefined);

/** A node of the routing tree, in Alertmanager's notation. */
export interface RouteSource {
  readonly receiver?: string | null | undefined;
  readonly group_by?: readonly string[] | null | undefined;
  readonly match?: Readonly<Record<string, string>> | null | undefined;
  readonly match_re?: Readonly<Record<string, string>> | null | undefined;
  readonly matchers?: readonly string[] | null | undefined;
  readonly mute_time_intervals?: readonly string[] | null | undefined;
  readonly active_time_intervals?: readonly string[] | null | undefined;
  readonly continue?: boolean | null | undefined;
  readonly group_wait?: number | undefined;
  readonly group_interval?: number | undefined;
  readonly repeat_interval?: number | undefined;
  readonly labels?: Readonly<Record<string, string>> | null | undefined;
  readonly escalate?: readonly { readonly after: number; readonly receiver: string }[] | null | undefined;
  readonly routes?: readonly RouteSource[] | null | undefined;
}

const route: z.ZodType<RouteSource> = z.lazy(() =>
  z.strictObject({
    /** Who is told. Inherited. */
    receiver: z.string().nullish(),
    /** Labels that make a group; `...` for all. Inherited. */
    group_by: lines.nullish(),
    /** Labels with their values; older spelling of `matchers`. */
    match: texts.nullish(),
    /** Labels with regular expressions; older spelling of `matchers`. */
    match_re: texts.nullish(),
    /** What an alert must have to come here. */
    matchers: lines.nullish(),
    /** Nothing is sent while one of these holds. */
    mute_time_intervals: lines.nullish(),
    /** Something is sent only while one of these holds. */
    active_time_intervals: lines.nullish(),
    /** Whether routes beside this one are tried too. */
    continue: z.boolean().nullish(),
    /** How long a new group waits for more of its kind. Inherited. */
    group_wait: optionalDuration,
    /** How often a group that changed may speak. Inherited. */
    group_interval: optionalDuration,
    /** After how long what still fires is said again. Inherited. */
    repeat_interval: optionalDuration,
    /** Labels of the route itself, passed on in notifications. Inherited. */
    labels: texts.nullish(),
    /** Who else is told when nobody acknowledges. Inherited. */
    escalate: z.array(z.strictObject({ after: duration, receiver: z.string() })).nullish(),
    /** Finer routes, tried first. */
    routes: z.array(route).nullish(),
  }),
);

const inhibitRule = z.strictObject({
  name: z.string().nullish(),
  source_match: texts.nullish(),
  source_match_re: texts.nullish(),
  /** What an alert must have to mute others. */
  source_matchers: lines.nullish(),
  target_match: texts.nullish(),
  target_match_re: texts.nullish(),
  /** What an alert must have to be muted. */
  target_matchers: lines.nullish(),
  /** Labels whose values must be the same on both; a missing one counts as empty. */
  equal: lines.nullish(),
});

/** A receiver in Alertmanager's notation; what stands under a channel's key is read by that channel. */
export const receiver = z.strictObject({
  name: z.string({ error: 'missing name in receiver' }).min(1, 'missing name in receiver'),
  labels: texts.nullish(),
  /** Whether a resolved is sent for every firing that was, even if muted at that moment. */
  always_resolve: z.boolean().default(true),
  ...Object.fromEntries([...channels].map((channel) => [channel.key, z.array(z.unknown()).nullish()])),
});

/** The parts of an Alertmanager configuration file; also keys of the `alerting:` section. */
export const alertmanagerParts = {
  /** What channels take when they do not say it themselves. */
  global: globalSettings.nullish().transform((value) => value ?? globalSettings.parse({})),
  /** The routing tree. */
  route: route.nullish(),
  /** Who can be told, and how. */
  receivers: z
    .array(receiver)
    .nullish()
    .transform((value) => value ?? []),
  /** Which alerts mute which. */
  inhibit_rules: z
    .array(inhibitRule.nullable().transform((rule): z.output<typeof inhibitRule> => rule ?? {}))
    .nullish()
    .transform((value) => value ?? []),
  /** Parts of the calendar, by name. */
  time_intervals: z
    .array(namedTimeInterval)
    .nullish()
    .transform((value) => value ?? []),
  /** Older spelling of `time_intervals`. */
  mute_time_intervals: z
    .array(namedTimeInterval)
    .nullish()
    .transform((value) => value ?? []),
  /** Template files, globs. */
  templates: lines.nullish().transform((value) => value ?? []),
  /** Accepted for files of newer versions. */
  tracing: z.unknown().optional(),
  /** Accepted for files of newer versions. */
  event_recorder: z.unknown().optional(),
};

/** A whole Alertmanager configuration file. */
export const alertmanagerFile = z.strictObject(alertmanagerParts);

/** The checked file. */
export type AlertmanagerFile = z.output<typeof alertmanagerFile>;
/** A checked inhibition rule, still in Alertmanager's notation. */
export type InhibitRuleSource = z.output<typeof inhibitRule>;
