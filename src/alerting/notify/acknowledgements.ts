import type { EpochMillis } from '../../base/clock';
import type { StateChange, StateStore } from '../../storage';

const SPACE = 'alerting.acks';

/** Someone has said "I have it". */
export interface Acknowledgement {
  readonly fingerprint: string;
  readonly by: string;
  readonly comment: string;
  readonly at: EpochMillis;
  /** Until when it counts; without it until the alert is over. */
  readonly until?: EpochMillis;
}

/** Who has taken which alert. An acknowledged alert is not repeated and not escalated; that it is over is still told. */
export class Acknowledgements {
  private readonly byFingerprint = new Map<string, Acknowledgement>();

  constructor(private readonly state: StateStore) {}

  async load(): Promise<void> {
    for (const { key, value } of await this.state.load(SPACE))
      if (isAcknowledgement(value)) this.byFingerprint.set(key, value);
  }

  get(fingerprint: string, at: EpochMillis): Acknowledgement | undefined {
    const found = this.byFingerprint.get(fingerprint);
    return found === undefined || (found.until !== undefined && found.until <= at) ? undefined : found;
  }

  isAcknowledged(fingerprint: string, at: EpochMillis): boolean {
    return this.get(fingerprint, at) !== undefined;
  }

  async put(acknowledgement: Acknowledgement): Promise<void> {
    await this.state.commit([{ op: 'put', space: SPACE, key: acknowledgement.fingerprint, value: acknowledgement }]);
    this.byFingerprint.set(acknowledgement.fingerprint, acknowledgement);
  }

  async remove(fingerprint: string): Promise<boolean> {
    if (!this.byFingerprint.has(fingerprint)) return false;
    await this.state.commit(this.forget(fingerprint));
    return true;
  }

  /** The alert is over; the caller commits. */
  forget(fingerprint: string): StateChange[] {
    if (!this.byFingerprint.delete(fingerprint)) return [];
    return [{ op: 'delete', space: SPACE, key: fingerprint }];
  }
}

function isAcknowledgement(value: unknown): value is Acknowledgement {
  return typeof value === 'object' && value !== null && 'fingerprint' in value && 'by' in value;
}
