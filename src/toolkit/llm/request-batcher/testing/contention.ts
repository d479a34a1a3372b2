import { seededRandom } from '../../../../base/ids';
import { noTelemetry } from '../../../../base/telemetry';
import { EventClock } from '../../../shared/testing/event-clock';
import { RequestBatcher } from '../request-batcher';
import type { Millis } from '../../../../base/clock';
import type { Random } from '../../../../base/ids';
import type { ItemResult, RequestBatcherOptions } from '../types';

/** One who asks for more than there is. */
export interface Contender {
  readonly name: string;
  /** Requests every 10 ms. */
  readonly demand: number;
  readonly weight?: number;
  readonly priority?: number;
  readonly group?: string;
  /** Tokens of one request. */
  size(random: Random): number;
}

/** Contenders under one batcher. */
export interface Contention {
  readonly contenders: readonly Contender[];
  /** Part of the items that fail at each attempt; they are tried again up to three times. */
  readonly failing?: number;
  /** Answers come in pieces, and are charged for beyond the estimate. */
  readonly streaming?: boolean;
  readonly options?: Partial<RequestBatcherOptions<Ask, number, string>>;
}

interface Ask {
  readonly contender: Contender;
  readonly tokens: number;
}

/** What each was served, and what all would have been in the order of their coming. */
export interface ContentionReport {
  readonly tokens: ReadonlyMap<string, number>;
  /** Jain's index of tokens by weight: 1 when all got the same. */
  readonly jain: number;
  readonly throughput: number;
  /** The longest that an answered request took. */
  readonly longest: Millis;
}

const SERVED: Millis = 60_000;

/** Plays a minute of virtual time. @param isFair false: all are one client, which is first-come order */
export async function contend(of: Contention, isFair = true, seed = 5): Promise<ContentionReport> {
  const { contenders, failing = 0, streaming = false } = of;
  const random = seededRandom(seed);
  const clock = new EventClock();
  const tokens = new Map(contenders.map(({ name }) => [name, 0]));
  let longest = 0;
  const batcher = new RequestBatcher<Ask, number, string>({
    name: 'contend',
    maxItems: 16,
    maxTokens: 4_096,
    concurrency: 2,
    window: 1,
    maxQueued: 1_000_000,
    attempts: failing > 0 ? 3 : 1,
    tokensOf: (ask) => ask.tokens,
    groupOf: ({ contender }) => contender.group ?? '',
    weights: isFair ? Object.fromEntries(contenders.map(({ name, weight = 1 }) => [name, weight])) : {},
    execute: async (items) => {
      let sum = 0;
      for (const item of items) {
        sum += item.tokens;
        if (!streaming) continue;
        item.emit('a piece');
        const answer = Math.floor(random() * 400);
        item.charge(answer);
        sum += answer;
      }
      await clock.sleep(5 + sum / 100);
      return items.map(({ input }): ItemResult<number> =>
        random() < failing ? { ok: false, error: new Error('item failed') } : { ok: true, value: input.tokens },
      );
    },
    clock,
    random,
    telemetry: noTelemetry,
    spans: false,
    ...of.options,
  });
  const submit = (contender: Contender): void => {
    const ask = { contender, tokens: contender.size(random) };
    const { name, priority = 0 } = contender;
    const began = clock.elapsed();
    batcher.submit(ask, { client: isFair ? name : 'all', priority: isFair ? priority : 0 }).then(
      () => {
        tokens.set(name, (tokens.get(name) ?? 0) + ask.tokens);
        longest = Math.max(longest, clock.elapsed() - began);
      },
      () => undefined,
    );
  };
  for (let at = 0; at < SERVED; at += 10) {
    clock.schedule(at, () => {
      for (const contender of contenders) for (let count = 0; count < contender.demand; count++) submit(contender);
    });
  }
  await clock.run(SERVED);
  const shares = contenders.map(({ name, weight = 1 }) => (tokens.get(name) ?? 0) / weight);
  const throughput = [...tokens.values()].reduce((sum, each) => sum + each, 0);
  return { tokens, jain: jainIndex(shares), throughput, longest };
}

/** Jain, Chiu and Hawe, 1984. */
export function jainIndex(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  return sum ** 2 / (values.length * values.reduce((total, value) => total + value ** 2, 0));
}

const even = (random: Random): number => 20 + Math.floor(random() * 600);
const short = (random: Random): number => 10 + Math.floor(random() * 50);
/** Pareto with an infinite variance, cut at what a batch holds. */
const heavyTailed = (random: Random): number => Math.min(4_000, Math.floor(40 / (1 - random()) ** (1 / 1.2)));

const contender = (name: string, demand: number, more: Partial<Contender> = {}): Contender => ({
  name,
  demand,
  size: even,
  ...more,
});

/** Contentions of every kind; all contenders ask for more than their share. */
export const CONTENTIONS: Readonly<Record<string, Contention>> = {
  'two, 4:1': { contenders: [contender('heavy', 16), contender('light', 4)] },
  'two, 40:4, weights 3:1': { contenders: [contender('heavy', 40, { weight: 3 }), contender('light', 4)] },
  'heavy tails': {
    contenders: [contender('heavy', 24, { size: heavyTailed }), contender('light', 6, { size: heavyTailed })],
  },
  'long against short': { contenders: [contender('long', 8), contender('short', 60, { size: short })] },
  'twenty, 1 to 20': {
    contenders: Array.from({ length: 20 }, (_, index) => contender(`c${index}`, 1 + index)),
  },
  'two groups': {
    contenders: [contender('heavy', 16, { group: 'a' }), contender('light', 4, { group: 'b' })],
  },
  'groups shared unevenly': {
    contenders: [
      contender('one', 12, { group: 'a' }),
      contender('two', 4, { group: 'a' }),
      contender('three', 4, { group: 'b' }),
    ],
  },
  'failures and retries': { contenders: [contender('heavy', 16), contender('light', 4)], failing: 0.15 },
  'streams, charged later': { contenders: [contender('heavy', 16), contender('light', 4)], streaming: true },
  'padded batches': {
    contenders: [contender('heavy', 16), contender('light', 4)],
    options: { packing: 'padded' },
  },
};
