import type { EpochMillis } from '../../base/clock';
import type { StateChange } from '../../storage';

/** A report as it is sent: the gist for chats, the whole for mails. */
export interface ReportMessage {
  /** Equal for one report of one due time: receivers tell repetitions by it. */
  readonly key: string;
  readonly at: EpochMillis;
  /** One line. */
  readonly title: string;
  /** A sentence each. */
  readonly summary: readonly string[];
  /** Plain text with tables. */
  readonly text: string;
  /** A page that stands alone. */
  readonly html: string;
  readonly fileName: string;
  /** Where to read it. */
  readonly url: string;
}

/** How a message is doing at one channel. */
export interface ReportDelivery {
  readonly channel: string;
  readonly state: 'delivered' | 'underway' | 'failed';
  readonly error?: string;
}

/** Takes reports to people; bound by the composition to whatever delivers messages. */
export interface ReportSink {
  /** The channels behind the receivers' names, and sentences about names that lead nowhere. */
  audience(receivers: readonly string[]): { readonly channels: readonly string[]; readonly faults: readonly string[] };
  /**
   * Puts the message on its way, on disk together with `changes` when it resolves: after a crash either both are there
   * or neither. Delivery is the sink's affair from there.
   */
  send(
    message: ReportMessage,
    receivers: readonly string[],
    changes: readonly StateChange[],
  ): Promise<readonly string[]>;
  /** What became of a message. */
  deliveries(key: string, since: EpochMillis): Promise<readonly ReportDelivery[]>;
}
