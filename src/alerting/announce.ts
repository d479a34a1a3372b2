import { createHash } from 'node:crypto';
import type { EpochMillis, Millis } from '../base/clock';
import { Labels } from '../domain/labels';
import type { StateChange } from '../storage';
import { channels } from './channels';
import type { Integration, Receiver } from './config/resolve';
import { logKey } from './notify/notification-log';
import type { NotifiedDocument } from './notify/notification';
import type { Outbox } from './notify/outbox';
import type { OutboxItem } from './notify/outbox-item';

/** A document for people, and who is to have it. */
export interface Announcement {
  /** The same for the same thing to say: it is what receivers with a deduplication key tell repetitions by. */
  readonly key: string;
  readonly at: EpochMillis;
  readonly document: NotifiedDocument;
  /** Names of receivers, or `receiver/channel` for one kind of a receiver's channels. */
  readonly to: readonly string[];
}

/** Who an announcement goes to. */
export interface Audience {
  /** Keys of the channels it is sent to. */
  readonly integrations: readonly Integration[];
  /** Sentences: receivers that do not exist, channels that cannot tell it. */
  readonly faults: readonly string[];
}

/** The channels behind names of receivers. */
export function audienceOf(to: readonly string[], receivers: ReadonlyMap<string, Receiver>): Audience {
  const integrations = new Map<string, Integration>();
  const faults: string[] = [];
  for (const name of to) {
    const cut = receivers.has(name) ? name.length : name.lastIndexOf('/');
    const [receiver, kind] = cut < 0 ? [name, ''] : [name.slice(0, cut), name.slice(cut + 1)];
    const found = receivers.get(receiver);
    if (found === undefined) {
      faults.push(`no receiver named "${receiver}"; known: ${[...receivers.keys()].join(', ')}`);
      continue;
    }
    const wanted = found.integrations.filter(({ channel }) => kind === '' || channel === kind);
    const able = wanted.filter(({ channel }) => channels.get(channel).carriesDocuments);
    if (able.length === 0)
      faults.push(
        wanted.length > 0
          ? `"${name}" has only channels that open incidents (${wanted.map(({ channel }) => channel).join(', ')})`
          : kind === ''
            ? `receiver "${receiver}" has no channels`
            : `receiver "${receiver}" has no channel of the kind "${kind}"`,
      );
    for (const integration of able) integrations.set(integration.key, integration);
  }
  return { integrations: [...integrations.values()], faults };
}

/**
 * Puts an announcement on disk for each channel, in one transaction with `more`; it leaves and is tried again as every
 * notification is. Resolves with the channels' keys.
 */
export async function announce(
  { key, at, document, to }: Announcement,
  around: { readonly outbox: Outbox; readonly receivers: ReadonlyMap<string, Receiver>; readonly retention: Millis },
  more: readonly StateChange[],
): Promise<string[]> {
  const groupKey = `document:${key}`;
  const { integrations } = audienceOf(to, around.receivers);
  const items = integrations.map((integration, order): OutboxItem => {
    // A channel's key is "receiver/kind/number".
    const receiver = integration.key.split('/').slice(0, -2).join('/');
    return {
      id: idOf(`${key}\n${integration.key}`),
      integration: integration.key,
      receiver,
      groupKey,
      reason: 'report',
      createdAt: at,
      order,
      groupLabels: Labels.EMPTY,
      routeLabels: {},
      alerts: [],
      document,
      entry: {
        key: logKey(groupKey, integration.key),
        groupKey,
        integration: integration.key,
        receiver,
        timestamp: at,
        expiresAt: at + around.retention,
        firing: [],
        resolved: [],
        owed: [],
      },
    };
  });
  await around.outbox.post(items, more);
  return items.map(({ integration }) => integration);
}

/** A UUID by its content: a repetition after a crash carries the same. */
function idOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
