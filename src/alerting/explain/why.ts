import type { EpochMillis } from '../../base/clock';
import type { Labels } from '../../domain/labels';
import type { AggregationGroup } from '../dispatch/aggregation-group';
import type { Flusher } from '../flusher';
import type { HistoryRow } from '../history';
import type { StoredAlert } from '../intake/stored-alert';
import type { Silences } from '../mute/silences';
import { nextChange } from '../mute/time-interval';
import type { Acknowledgement, Acknowledgements } from '../notify/acknowledgements';
import { decide } from '../notify/dedup';
import { logKey } from '../notify/notification-log';
import { roughDuration } from '../notify/outline';
import { snapshot } from '../notify/pipeline';
import { matchersText } from '../config/matchers';

/** One stage of the way from an alert to a receiver. */
export interface StageVerdict {
  readonly stage:
    'route' | 'group' | 'inhibition' | 'time intervals' | 'silences' | 'deduplication' | 'acknowledgement' | 'delivery';
  /** `passed`, `stopped` here, or `waiting` for a time. */
  readonly verdict: 'passed' | 'stopped' | 'waiting';
  readonly text: string;
  /** When this stage may say something else. */
  readonly until?: EpochMillis;
}

/** An alert's way to one channel. */
export interface ChannelExplanation {
  readonly receiver: string;
  readonly integration: string;
  readonly groupKey: string;
  readonly stages: readonly StageVerdict[];
  /** The last message about the group that arrived. */
  readonly lastNotified: EpochMillis | undefined;
  /** The next time at which a notification is possible. */
  readonly nextPossible: EpochMillis | undefined;
}

/** Why an alert is told or not. */
export interface AlertExplanation {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly startsAt: EpochMillis;
  readonly endsAt: EpochMillis;
  readonly state: 'firing' | 'resolved';
  readonly at: EpochMillis;
  readonly acknowledgement: Acknowledgement | undefined;
  readonly channels: readonly ChannelExplanation[];
  readonly history: readonly { readonly t: EpochMillis; readonly value: HistoryRow }[];
}

/** What an explanation is made from. */
export interface ExplainSurroundings {
  readonly at: EpochMillis;
  readonly groups: readonly AggregationGroup[];
  readonly flusher: Flusher;
  readonly silences: Silences;
  readonly acknowledgements: Acknowledgements;
  readonly history: readonly { readonly t: EpochMillis; readonly value: HistoryRow }[];
}

/** Walks an alert through all stages, for each channel it would go to. */
export function explainAlert(alert: StoredAlert, around: ExplainSurroundings): AlertExplanation {
  const { at } = around;
  const { fingerprint } = alert.labels;
  return {
    fingerprint,
    labels: alert.labels,
    startsAt: alert.startsAt,
    endsAt: alert.endsAt,
    state: alert.endsAt <= at ? 'resolved' : 'firing',
    at,
    acknowledgement: around.acknowledgements.get(fingerprint, at),
    channels: around.groups.flatMap((group) => explainGroup(alert, group, around)),
    history: around.history,
  };
}

function explainGroup(alert: StoredAlert, group: AggregationGroup, around: ExplainSurroundings): ChannelExplanation[] {
  const { at, flusher } = around;
  const { route } = group;
  const common: StageVerdict[] = [
    { stage: 'route', verdict: 'passed', text: `matches route ${route.key}, receiver ${route.receiver}` },
    groupStage(group, at),
    inhibitionStage(alert, around),
    timeStage(group, around),
    silenceStage(alert, around),
  ];
  const receiver = flusher.current.resolved.receivers.get(route.receiver);
  const integrations = receiver?.integrations ?? [];
  if (integrations.length === 0) {
    const stages: StageVerdict[] = [
      ...common,
      { stage: 'delivery', verdict: 'stopped', text: `receiver ${route.receiver} has no channels` },
    ];
    return [
      {
        receiver: route.receiver,
        integration: '',
        groupKey: group.key,
        stages,
        lastNotified: undefined,
        nextPossible: undefined,
      },
    ];
  }
  return integrations.map(({ key }) => {
    const { stages, lastNotified, repeatAt } = channelStages(alert, group, key, around);
    const all = [...common, ...stages];
    return {
      receiver: route.receiver,
      integration: key,
      groupKey: group.key,
      stages: all,
      lastNotified,
      nextPossible: nextPossible(all, group, repeatAt, at),
    };
  });
}

function groupStage(group: AggregationGroup, at: EpochMillis): StageVerdict {
  const { route } = group;
  const labels = group.labels.size === 0 ? 'all alerts of the route' : group.labels.toString();
  const wait = roughDuration(Math.max(0, group.nextFlush - at));
  const why = group.hasFlushed
    ? `flushes every group_interval (${roughDuration(route.groupInterval)}), next in ${wait}`
    : `waits group_wait (${roughDuration(route.groupWait)}) for its first flush, ${wait} left`;
  return {
    stage: 'group',
    verdict: 'waiting',
    text: `group ${labels}, ${group.alerts.size === 1 ? '1 alert' : `${group.alerts.size} alerts`}: ${why}`,
    until: group.nextFlush,
  };
}

function inhibitionStage(alert: StoredAlert, { flusher, at }: ExplainSurroundings): StageVerdict {
  const found = flusher.suppressions.inhibitor.find(alert.labels, at);
  if (found === undefined) return { stage: 'inhibition', verdict: 'passed', text: 'no firing alert inhibits it' };
  return { stage: 'inhibition', verdict: 'stopped', text: `inhibited by alert ${found.by} through rule ${found.rule}` };
}

function timeStage(group: AggregationGroup, { flusher, at }: ExplainSurroundings): StageVerdict {
  const names = flusher.suppressions.mutedBy(group.route, at);
  if (names.length === 0)
    return { stage: 'time intervals', verdict: 'passed', text: 'no time interval keeps the route quiet' };
  const until = nextChange(flusher.suppressions.intervalsOf(group.route), at);
  return {
    stage: 'time intervals',
    verdict: 'stopped',
    text: `muted by ${names.join(', ')}`,
    ...(until === undefined ? {} : { until }),
  };
}

function silenceStage(alert: StoredAlert, { silences, at }: ExplainSurroundings): StageVerdict {
  const active = silences.mutedBy(alert.labels, at);
  if (active.length === 0) {
    const [next] = silences.pendingFor(alert.labels, at).sort((a, b) => a.startsAt - b.startsAt);
    const text =
      next === undefined
        ? 'no silence matches'
        : `no silence is active; ${next.id} begins at ${new Date(next.startsAt).toISOString()}`;
    return { stage: 'silences', verdict: 'passed', text };
  }
  const text = active
    .map(
      (silence) =>
        `${silence.id} ${matchersText(silence.matchers)} by ${silence.createdBy || 'unknown'}${silence.comment === '' ? '' : `: ${silence.comment}`}`,
    )
    .join('; ');
  return {
    stage: 'silences',
    verdict: 'stopped',
    text: `silenced by ${text}`,
    until: Math.max(...active.map(({ endsAt }) => endsAt)),
  };
}

function channelStages(
  alert: StoredAlert,
  group: AggregationGroup,
  integration: string,
  { at, flusher, acknowledgements }: ExplainSurroundings,
): { stages: StageVerdict[]; lastNotified: EpochMillis | undefined; repeatAt: EpochMillis | undefined } {
  const entry = flusher.outbox.expectedEntry(logKey(group.key, integration));
  const alerts = snapshot(group, at, flusher.suppressions).filter(({ suppressed }) => !suppressed);
  const candidate = {
    firing: alerts.filter(({ resolved }) => !resolved).map(({ fingerprint }) => fingerprint),
    resolved: alerts.filter(({ resolved }) => resolved).map(({ fingerprint }) => fingerprint),
    sendResolved: flusher.current.channels.get(integration)?.prepared.sendResolved ?? true,
    repeatInterval: group.route.repeatInterval,
  };
  const reason = decide(entry, candidate, at);
  const repeatAt = entry === undefined ? undefined : entry.timestamp + group.route.repeatInterval;
  const stages: StageVerdict[] = [];
  if (reason !== undefined) stages.push({ stage: 'deduplication', verdict: 'passed', text: `would notify: ${reason}` });
  else {
    const told = entry?.firing.includes(alert.labels.fingerprint) === true;
    const text = told
      ? `already told at ${new Date(entry?.timestamp ?? 0).toISOString()}; said again when repeat_interval (${roughDuration(group.route.repeatInterval)}) has passed`
      : 'nothing new to say';
    stages.push({
      stage: 'deduplication',
      verdict: 'stopped',
      text,
      ...(repeatAt === undefined || !told ? {} : { until: repeatAt }),
    });
  }
  const acknowledged = acknowledgements.get(alert.labels.fingerprint, at);
  stages.push(
    acknowledged === undefined
      ? { stage: 'acknowledgement', verdict: 'passed', text: 'not acknowledged' }
      : {
          stage: 'acknowledgement',
          verdict: 'stopped',
          text: `acknowledged by ${acknowledged.by}: not repeated, not escalated`,
          ...(acknowledged.until === undefined ? {} : { until: acknowledged.until }),
        },
  );
  const status = flusher.outbox.statusOf(integration);
  const pending = flusher.outbox.pendingOf(integration, group.key);
  if (pending.items.length > 0) {
    const error = status?.lastError === undefined ? '' : `; last error: ${status.lastError}`;
    stages.push({
      stage: 'delivery',
      verdict: 'waiting',
      text: `${pending.items.length} on the way${error}`,
      ...(pending.next === undefined ? {} : { until: pending.next }),
    });
  } else {
    const text =
      status?.lastError === undefined
        ? 'nothing on the way'
        : `nothing on the way; the channel is failing: ${status.lastError}`;
    stages.push({ stage: 'delivery', verdict: 'passed', text });
  }
  return { stages, lastNotified: entry?.timestamp, repeatAt };
}

/** The first flush at or after every stage that stops has let go; a repetition waits for the flush after its interval. */
function nextPossible(
  stages: readonly StageVerdict[],
  group: AggregationGroup,
  repeatAt: EpochMillis | undefined,
  at: EpochMillis,
): EpochMillis | undefined {
  const pending = stages.find(({ stage, verdict }) => stage === 'delivery' && verdict === 'waiting');
  if (pending !== undefined) return pending.until;
  let earliest = at;
  for (const { verdict, until, stage } of stages) {
    if (verdict !== 'stopped') continue;
    if (until === undefined) {
      if (stage === 'inhibition' || stage === 'acknowledgement' || stage === 'delivery') return undefined;
      if (repeatAt === undefined) return undefined;
      continue;
    }
    earliest = Math.max(earliest, until);
  }
  const { groupInterval } = group.route;
  if (group.nextFlush >= earliest) return group.nextFlush;
  return group.nextFlush + Math.ceil((earliest - group.nextFlush) / groupInterval) * groupInterval;
}
