import { getJson, postJson } from './http';
import type { LabelSet } from './prometheus';

export interface RuleAlert {
  readonly labels: LabelSet;
  readonly annotations: LabelSet;
  readonly state: 'pending' | 'firing' | 'inactive';
  readonly activeAt: string;
  readonly value: string;
}

export async function activeAlerts(signal?: AbortSignal): Promise<RuleAlert[]> {
  return (await getJson<{ data: { alerts: RuleAlert[] } }>('/api/v1/alerts', signal)).data.alerts;
}

export interface ManagedAlert {
  readonly fingerprint: string;
  readonly labels: LabelSet;
  readonly annotations: LabelSet;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly updatedAt: string;
  readonly receivers: readonly { readonly name: string }[];
  readonly status: {
    readonly state: 'active' | 'suppressed' | 'unprocessed';
    readonly silencedBy: readonly string[];
    readonly inhibitedBy: readonly string[];
    readonly mutedBy?: readonly string[];
  };
  readonly generatorURL?: string;
}

export interface AlertGroup {
  readonly labels: LabelSet;
  readonly receiver: { readonly name: string };
  readonly alerts: readonly ManagedAlert[];
}

export function alertGroups(signal?: AbortSignal): Promise<AlertGroup[]> {
  return getJson('/api/v2/alerts/groups', signal);
}

export interface SilenceMatcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  readonly isEqual: boolean;
}

export interface Silence {
  readonly id: string;
  readonly matchers: readonly SilenceMatcher[];
  readonly startsAt: string;
  readonly endsAt: string;
  readonly createdBy: string;
  readonly comment: string;
  readonly status: { readonly state: 'active' | 'pending' | 'expired' };
}

export function silences(signal?: AbortSignal): Promise<Silence[]> {
  return getJson('/api/v2/silences', signal);
}

export function expireSilence(id: string): Promise<void> {
  return postJson(`/api/v2/silence/${encodeURIComponent(id)}`, undefined, 'DELETE');
}

/** Which stages an alert's notifications passed or stopped at; times are RFC 3339. */
export interface AlertExplanation {
  readonly labels: LabelSet;
  readonly state: string;
  readonly acknowledgement: unknown;
  readonly channels: readonly {
    readonly receiver: string;
    readonly integration: string;
    readonly groupKey: string;
    readonly lastNotified: string | null;
    readonly nextPossible: string | null;
    readonly stages: readonly {
      readonly stage: string;
      readonly verdict: string;
      readonly text: string;
      readonly until: string | null;
    }[];
  }[];
}

export function explainAlert(fingerprint: string, signal?: AbortSignal): Promise<AlertExplanation> {
  return getJson(`/api/stack/alerts/${encodeURIComponent(fingerprint)}/why`, signal);
}

export function acknowledgeAlert(fingerprint: string, comment: string): Promise<unknown> {
  return postJson(`/api/stack/alerts/${encodeURIComponent(fingerprint)}/ack`, { by: 'web UI', comment });
}

/** @param span such as `2h`. */
export function snoozeAlert(fingerprint: string, span: string, comment: string): Promise<unknown> {
  return postJson(`/api/stack/alerts/${encodeURIComponent(fingerprint)}/snooze`, {
    for: span,
    by: 'web UI',
    comment: comment === '' ? 'snoozed' : comment,
  });
}

/** @param duration in milliseconds. */
export function createSilence(
  matchers: readonly SilenceMatcher[],
  duration: number,
  createdBy: string,
  comment: string,
): Promise<{ silenceID: string }> {
  const now = Date.now();
  return postJson('/api/v2/silences', {
    matchers,
    startsAt: new Date(now).toISOString(),
    endsAt: new Date(now + duration).toISOString(),
    createdBy,
    comment,
  });
}

/** A receiver and the state of its channels. */
export interface Receiver {
  readonly name: string;
  readonly channels: readonly {
    readonly key: string;
    /** What kind of channel: `webhook`, `email`. */
    readonly channel: string;
    readonly sendResolved: boolean;
    readonly queued: number;
    readonly underway: number;
    /** `open`: the other side is out of reach, nothing is sent for a while. */
    readonly circuit: string;
    readonly failures: number;
  }[];
}

export function receivers(signal?: AbortSignal): Promise<Receiver[]> {
  return getJson('/api/stack/receivers', signal);
}

/** How one channel took a test. */
export interface TestOutcome {
  readonly integration: string;
  readonly delivery: { readonly kind: string; readonly reason?: string; readonly message?: string };
}

/** Sends a notification that says that it is a test. */
export function testReceiver(name: string): Promise<TestOutcome[]> {
  return postJson(`/api/stack/receivers/${encodeURIComponent(name)}/test`, {});
}

/** One event of the history of notifications. */
export interface NotificationRow {
  /** Epoch milliseconds. */
  readonly t: number;
  readonly value: {
    readonly event: string;
    readonly receiver?: string;
    readonly integration?: string;
    readonly groupKey?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly attempts?: number;
    readonly fingerprints: readonly string[];
  };
}

/** What was sent, kept back or failed, the newest first. Times in epoch milliseconds. */
export function notificationHistory(from: number, to: number, signal?: AbortSignal): Promise<NotificationRow[]> {
  return getJson(
    `/api/stack/notifications?${new URLSearchParams({ start: String(Math.round(from)), end: String(Math.round(to)), limit: '500' })}`,
    signal,
  );
}
