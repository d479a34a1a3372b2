import { z } from 'zod';
import { duration } from '../base/duration';
import type { ChannelPace } from './channels/channel';
import { resolveAlerting } from './config/resolve';
import { concealSecrets, revealSecrets } from './config/show';

/** A part in Alertmanager's notation, kept as written: it is checked as a whole. */
const asWritten = z.unknown().optional();
const asWrittenWithSecrets = (key: string) =>
  z
    .unknown()
    .optional()
    .transform((value) => concealSecrets(value, key));

/** The receiver of a configuration that names none: alerts are shown, and nobody is told. */
const SILENT = { route: { receiver: 'none' }, receivers: [{ name: 'none' }] };

/** How notifications leave. */
const deliverySettings = z.strictObject({
  /** One attempt may take so long. */
  timeout: duration.default(30_000),
  /** The first wait before trying again; grows by half each time, with jitter. */
  initialBackoff: duration.default(500),
  /** No wait between two attempts is longer. */
  maxBackoff: duration.default(60_000),
  /** After so many failures of a whole destination in a row only its oldest notification is tried. */
  openAfter: z.number().int().positive().default(5),
  /** How fast each kind of channel is used, by its name: `{slack: {burst: 1, per: 1s}}`; over the kind's own defaults. */
  pace: z
    .record(
      z.string(),
      z
        .strictObject({
          /** Messages under way at the same moment. */
          concurrency: z.number().int().positive().optional(),
          /** So many messages may leave in one `per`; more wait. */
          burst: z.number().int().positive().optional(),
          per: duration.optional(),
        })
        .transform(definedOnly),
    )
    .default({}),
  /** Host names and addresses that are open although they are link-local or a metadata service. */
  allowedAddresses: z.array(z.string()).default([]),
  /** Whether `command_configs` may run programs. */
  allowCommands: z.boolean().default(false),
});

/** Without the keys that were not given, so that they do not hide the defaults. */
function definedOnly(pace: {
  concurrency?: number | undefined;
  burst?: number | undefined;
  per?: number | undefined;
}): ChannelPace {
  return {
    ...(pace.concurrency === undefined ? {} : { concurrency: pace.concurrency }),
    ...(pace.burst === undefined ? {} : { burst: pace.burst }),
    ...(pace.per === undefined ? {} : { per: pace.per }),
  };
}

/** How long things are remembered, and how many. */
const retentionSettings = z.strictObject({
  /** Expired silences and the notification log. */
  data: duration.default(432_000_000),
  /** Resolved alerts that nobody has to be told of. */
  resolvedAlerts: duration.default(1_800_000),
  /** At most so many alerts. */
  maxAlerts: z.number().int().positive().default(200_000),
  /** At most so many groups. */
  maxGroups: z.number().int().positive().default(50_000),
  /** At most so many silences. */
  maxSilences: z.number().int().positive().default(20_000),
});

/** A sign of life that we expect from outside. */
const heartbeatSettings = z.strictObject({
  /** `POST /api/stack/heartbeats/<name>` is the sign. */
  name: z.string().regex(/^[\w.-]+$/),
  /** It is missed when this has passed without one. */
  interval: duration,
  /** So much later the alert fires. */
  grace: duration.default(0),
  /** Labels of the alert, besides `alertname="HeartbeatMissed"` and `heartbeat`. */
  labels: z.record(z.string(), z.string()).default({ severity: 'critical' }),
});

/** The `alerting:` section: Alertmanager's own keys as Alertmanager writes them, and our own. */
export const alertingConfig = z
  .strictObject({
    /** What channels take when they do not say it themselves. */
    global: asWrittenWithSecrets('global'),
    /** The routing tree. */
    route: asWritten,
    /** Who can be told, and how. */
    receivers: asWrittenWithSecrets('receivers'),
    /** Which alerts mute which. */
    inhibit_rules: asWritten,
    /** Parts of the calendar, by name. */
    time_intervals: asWritten,
    /** Older spelling of `time_intervals`. */
    mute_time_intervals: asWritten,
    /** Template files, globs. */
    templates: asWritten,
    /** How notifications leave. */
    delivery: deliverySettings.prefault({}),
    /** How long things are remembered. */
    retention: retentionSettings.prefault({}),
    /** Tell once more, when a mute time ends, what began before it. */
    remindAfterMute: z.boolean().default(true),
    /** Signs of life that we expect. */
    heartbeats: z.array(heartbeatSettings).default([]),
    /** The sign of life that we give: a POST to `url`, as long as evaluation and delivery work. */
    deadMansSwitch: z.strictObject({ url: z.url(), interval: duration.default(60_000) }).optional(),
    /** Raise an alert of our own when a receiver has been failing for so long; 0 for never. */
    receiverFailingAfter: duration.default(300_000),
  })
  .superRefine((section, context) => {
    const { resolved, faults } = resolveAlerting(alertmanagerPartsOf(section));
    if (resolved === undefined || faults.length > 0) {
      for (const { path, message } of faults) context.addIssue({ code: 'custom', path: [...path], message });
    }
  });

/** The checked `alerting:` section. */
export type AlertingConfig = z.output<typeof alertingConfig>;

/** The section's keys in Alertmanager's notation; without a route, the one that tells nobody. */
export function alertmanagerPartsOf(section: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const keys = ['global', 'route', 'receivers', 'inhibit_rules', 'time_intervals', 'mute_time_intervals', 'templates'];
  const given = Object.fromEntries(
    keys.filter((key) => section[key] !== undefined).map((key) => [key, revealSecrets(section[key])]),
  );
  return given['route'] === undefined && given['receivers'] === undefined ? { ...SILENT, ...given } : given;
}
