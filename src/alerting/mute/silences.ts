import type { Clock, EpochMillis, Millis } from '../../base/clock';
import { OverloadedError } from '../../base/errors';
import { randomUuid } from '../../base/ids';
import type { Labels } from '../../domain/labels';
import type { StateChange, StateStore } from '../../storage';
import { sameMatchers } from '../config/matchers';
import { UnknownSilenceError } from '../errors';
import { MatcherIndex } from './matcher-index';
import { checkSilence, silenceFromRow, silenceRow, silenceState } from './silence';
import type { Silence, SilenceRequest, SilenceState } from './silence';

const SPACE = 'alerting.silences';
/** So many label sets keep their answer between two changes of the silences. */
const MAX_CACHED = 50_000;

/** The silences, durable before they are acknowledged. */
export class Silences {
  private readonly byId = new Map<string, Silence>();
  private index: MatcherIndex<Silence> | undefined;
  private cache = new Map<string, readonly Silence[]>();

  /**
   * @param limits in force at this moment: how long an expired silence stays visible, and at most so many silences.
   */
  constructor(
    private readonly state: StateStore,
    private readonly clock: Clock,
    private readonly limits: () => { readonly retention: Millis; readonly capacity: number },
  ) {}

  async load(): Promise<void> {
    for (const { value } of await this.state.load(SPACE)) {
      const silence = silenceFromRow(value);
      if (silence !== undefined) this.byId.set(silence.id, silence);
    }
    this.changed();
  }

  all(): Silence[] {
    return [...this.byId.values()];
  }

  get(id: string): Silence | undefined {
    return this.byId.get(id);
  }

  stateOf(silence: Silence): SilenceState {
    return silenceState(silence, this.clock.now());
  }

  /** How many are in each state, for metrics. */
  count(state: SilenceState): number {
    const at = this.clock.now();
    let count = 0;
    for (const silence of this.byId.values()) if (silenceState(silence, at) === state) count++;
    return count;
  }

  /**
   * Creates a silence, or changes one: in place where only its future changes, else the old one expires and a new one takes
   * its place.
   * @returns its id.
   * @throws InvalidSilenceError
   * @throws UnknownSilenceError
   * @throws OverloadedError
   */
  async set(request: SilenceRequest): Promise<string> {
    const at = this.clock.now();
    checkSilence(request, at);
    const previous = request.id === undefined || request.id === '' ? undefined : this.byId.get(request.id);
    if (request.id !== undefined && request.id !== '' && previous === undefined) {
      throw new UnknownSilenceError(`silence ${request.id} not found`);
    }
    if (previous !== undefined && canUpdate(previous, request, at)) {
      await this.write([{ ...toSilence(request, previous.id, at) }]);
      return previous.id;
    }
    const { capacity } = this.limits();
    if (previous === undefined && this.byId.size >= capacity) {
      throw new OverloadedError(`exceeded maximum number of silences: ${capacity}`, 60_000);
    }
    const created = toSilence({ ...request, startsAt: Math.max(request.startsAt, at) }, randomUuid(), at);
    const expired = previous === undefined ? undefined : expire(previous, at);
    await this.write(expired === undefined ? [created] : [expired, created]);
    return created.id;
  }

  /** @throws UnknownSilenceError */
  async expire(id: string): Promise<void> {
    const silence = this.byId.get(id);
    if (silence === undefined) throw new UnknownSilenceError(`silence ${id} not found`);
    const expired = expire(silence, this.clock.now());
    if (expired !== undefined) await this.write([expired]);
  }

  /** The active silences that mute these labels. */
  mutedBy(labels: Labels, at: EpochMillis): Silence[] {
    if (this.byId.size === 0) return [];
    const matching = this.matching(labels);
    return matching.length === 0 ? [] : matching.filter((silence) => silenceState(silence, at) === 'active');
  }

  /** Silences that will mute these labels later, or again. */
  pendingFor(labels: Labels, at: EpochMillis): Silence[] {
    return this.matching(labels).filter((silence) => silenceState(silence, at) === 'pending');
  }

  /** Forgets what has been expired for longer than the retention. */
  async collect(at: EpochMillis): Promise<void> {
    const { retention } = this.limits();
    const gone = [...this.byId.values()].filter((silence) => silence.endsAt + retention < at);
    if (gone.length === 0) return;
    await this.state.commit(gone.map(({ id }): StateChange => ({ op: 'delete', space: SPACE, key: id })));
    for (const { id } of gone) this.byId.delete(id);
    this.changed();
  }

  private matching(labels: Labels): readonly Silence[] {
    const { key } = labels;
    let found = this.cache.get(key);
    if (found === undefined) {
      this.index ??= new MatcherIndex(this.byId.values());
      found = this.index.find(labels);
      if (this.cache.size >= MAX_CACHED) this.cache.clear();
      this.cache.set(key, found);
    }
    return found;
  }

  private async write(silences: readonly Silence[]): Promise<void> {
    await this.state.commit(
      silences.map((silence) => ({ op: 'put', space: SPACE, key: silence.id, value: silenceRow(silence) })),
    );
    for (const silence of silences) this.byId.set(silence.id, silence);
    this.changed();
  }

  private changed(): void {
    this.index = undefined;
    this.cache = new Map();
  }
}

/** Whether the change touches only what has not happened yet. */
function canUpdate(previous: Silence, request: SilenceRequest, at: EpochMillis): boolean {
  if (!sameMatchers(previous.matchers, request.matchers)) return false;
  if (at > previous.endsAt) return false;
  if (at >= previous.startsAt) {
    return Math.floor(previous.startsAt / 1000) === Math.floor(request.startsAt / 1000) && request.endsAt >= at;
  }
  return request.startsAt >= at;
}

function toSilence(request: SilenceRequest, id: string, at: EpochMillis): Silence {
  return {
    id,
    matchers: request.matchers,
    startsAt: request.startsAt,
    endsAt: request.endsAt,
    updatedAt: at,
    createdBy: request.createdBy,
    comment: request.comment,
    annotations: request.annotations ?? {},
    ...(request.recurrence === undefined ? {} : { recurrence: request.recurrence }),
  };
}

/** Undefined where it has expired already. */
function expire(silence: Silence, at: EpochMillis): Silence | undefined {
  if (at > silence.endsAt) return undefined;
  return { ...silence, updatedAt: at, startsAt: Math.min(silence.startsAt, at), endsAt: at };
}
