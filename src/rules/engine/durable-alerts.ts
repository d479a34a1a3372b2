import type { EpochMillis } from '../../base/clock';
import { Labels } from '../../domain/labels';
import type { AlertDetails } from '../../domain/alert';
import type { StateChange, StateStore } from '../../storage';
import type { ActiveAlert } from '../evaluation/alerting-evaluator';
import type { AlertState, Transition } from '../status';

const SPACE = 'rules.alerts';
const HISTORY = 'rules.transitions';

/** An alert as it is kept on disk. */
interface StoredAlert {
  readonly state: AlertState;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly activeAt: EpochMillis;
  readonly firedAt?: EpochMillis;
  readonly resolvedAt?: EpochMillis;
  readonly keepFiringSince?: EpochMillis;
  readonly lastSentAt?: EpochMillis;
  /** Numbers as text: JSON has no NaN and no infinities. */
  readonly value: string;
  readonly details: AlertDetails;
  /** When this row was written: how long the condition was known to hold. */
  readonly seenAt: EpochMillis;
}

/** An alert read back. */
export interface RecalledAlert {
  readonly alert: ActiveAlert;
  readonly seenAt: EpochMillis;
}

/** What is on disk of one alert: an equal identity is not written again. */
interface Written {
  readonly identity: string;
  readonly seenAt: EpochMillis;
}

/** Keeps the alerts of rules in the state store: a row per alert, written when something about it changes. */
export class DurableAlerts {
  /** By rule, then by fingerprint. */
  private readonly written = new Map<string, Map<string, Written>>();

  constructor(private readonly state: StateStore) {}

  /** All alerts on disk, by the key of their rule. */
  async load(): Promise<Map<string, RecalledAlert[]>> {
    const byRule = new Map<string, RecalledAlert[]>();
    for (const { key, value } of await this.state.load(SPACE)) {
      const recalled = fromStored(value);
      if (recalled === undefined) continue;
      const rule = key.slice(0, key.lastIndexOf('#'));
      const { alert, seenAt } = recalled;
      this.writtenOf(rule).set(alert.labels.fingerprint, { identity: identityOf(alert), seenAt });
      byRule.set(rule, [...(byRule.get(rule) ?? []), recalled]);
    }
    return byRule;
  }

  /**
   * Makes the alerts of one rule durable together with the transitions that brought them there; `refreshAfter` rewrites
   * rows of pending alerts that are older, so that a restart knows how long the condition was seen to hold.
   */
  async save(
    rule: string,
    alerts: readonly ActiveAlert[],
    at: EpochMillis,
    refreshAfter: number,
    transitions: readonly Transition[] = [],
  ): Promise<void> {
    const changes = transitions.map((transition): StateChange => ({
      op: 'append',
      log: HISTORY,
      t: transition.t,
      value: { ...transition, value: String(transition.value) },
    }));
    const written = this.writtenOf(rule);
    const current = new Set<string>();
    for (const alert of alerts) {
      const { fingerprint } = alert.labels;
      current.add(fingerprint);
      const identity = identityOf(alert);
      const known = written.get(fingerprint);
      if (known?.identity === identity && (alert.state !== 'pending' || at - known.seenAt < refreshAfter)) continue;
      changes.push({ op: 'put', space: SPACE, key: `${rule}#${fingerprint}`, value: toStored(alert, at) });
      written.set(fingerprint, { identity, seenAt: at });
    }
    if (written.size > current.size) {
      for (const fingerprint of written.keys()) {
        if (current.has(fingerprint)) continue;
        changes.push({ op: 'delete', space: SPACE, key: `${rule}#${fingerprint}` });
        written.delete(fingerprint);
      }
    }
    if (written.size === 0) this.written.delete(rule);
    if (changes.length > 0) await this.state.commit(changes);
  }

  /** Transitions in [start, end], newest first. */
  async history(start: EpochMillis, end: EpochMillis, limit: number): Promise<Transition[]> {
    const rows = await this.state.history(HISTORY, start, end, limit);
    return rows.flatMap(({ value }) => toTransition(value) ?? []);
  }

  private writtenOf(rule: string): Map<string, Written> {
    let own = this.written.get(rule);
    if (own === undefined) this.written.set(rule, (own = new Map()));
    return own;
  }
}

/** What makes a new row worth a write. Value and annotations of a standing alert change at every evaluation: they are not. */
function identityOf({
  state,
  activeAt,
  firedAt,
  resolvedAt,
  keepFiringSince,
  lastSentAt,
  details,
}: ActiveAlert): string {
  const known = details.query === undefined ? '' : 'described';
  return [state, activeAt, firedAt, resolvedAt, keepFiringSince, lastSentAt, known].join(' ');
}

function toStored(alert: ActiveAlert, seenAt: EpochMillis): StoredAlert {
  const { state, labels, annotations, activeAt, firedAt, resolvedAt, keepFiringSince, lastSentAt, value, details } =
    alert;
  return {
    state,
    labels: labels.toRecord(),
    annotations,
    activeAt,
    ...(firedAt === undefined ? {} : { firedAt }),
    ...(resolvedAt === undefined ? {} : { resolvedAt }),
    ...(keepFiringSince === undefined ? {} : { keepFiringSince }),
    ...(lastSentAt === undefined ? {} : { lastSentAt }),
    value: String(value),
    details,
    seenAt,
  };
}

function fromStored(value: unknown): RecalledAlert | undefined {
  if (!isStored(value)) return undefined;
  const { state, labels, annotations, activeAt, firedAt, resolvedAt, keepFiringSince, lastSentAt, details, seenAt } =
    value;
  return {
    seenAt,
    alert: {
      state,
      labels: Labels.of(labels),
      annotations,
      activeAt,
      firedAt,
      resolvedAt,
      keepFiringSince,
      lastSentAt,
      value: Number(value.value),
      details,
    },
  };
}

function isStored(value: unknown): value is StoredAlert {
  return (
    typeof value === 'object' &&
    value !== null &&
    'state' in value &&
    (value.state === 'pending' || value.state === 'firing' || value.state === 'inactive') &&
    'labels' in value &&
    typeof value.labels === 'object' &&
    'activeAt' in value &&
    typeof value.activeAt === 'number' &&
    'seenAt' in value &&
    typeof value.seenAt === 'number'
  );
}

function toTransition(value: unknown): Transition | undefined {
  if (typeof value !== 'object' || value === null || !('t' in value) || !('to' in value) || !('value' in value)) {
    return undefined;
  }
  return { ...(value as Transition), value: Number(value.value) };
}
