import fc from 'fast-check';
import { seededRandom } from '../../../base/ids';
import { noTelemetry } from '../../../base/telemetry';
import { ManualClock } from '../../../base/testing/manual-clock';
import { ModelSelector } from './model-selector';
import type { ModelCandidate, ModelDecision, SelectionRequest } from './types';

const NEEDS = ['tools', 'vision'] as const;

const candidate = fc.record({
  capabilities: fc.subarray([...NEEDS]),
  contextWindow: fc.constantFrom(1_000, 10_000, 200_000),
  maxOutputTokens: fc.constantFrom(100, 8_000),
  prices: fc.option(fc.record({ input: fc.nat(20), output: fc.nat(80) }), { nil: undefined }),
  requestsPerMinute: fc.constantFrom(undefined, 2),
});
const request = fc.record({
  complexity: fc.double({ min: 0, max: 1, noNaN: true }),
  urgency: fc.constantFrom('low', 'normal', 'high'),
  needs: fc.subarray([...NEEDS]),
  inputTokens: fc.constantFrom(10, 5_000, 50_000),
  outputTokens: fc.constantFrom(50, 1_000),
  budgetUsd: fc.constantFrom(undefined, 0.001, 0.1),
});
/** One call: what is asked, how long after the last, and which models would fail at it. */
const call = fc.record({ request, after: fc.nat(40_000), failing: fc.nat(15), latency: fc.nat(9_000) });

/** `prices` and limits that are absent are left out, as the type wants it. */
function given<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return JSON.parse(JSON.stringify(value));
}

/** Why the candidate must not be chosen, by what it is alone; empty when it may. */
function faultsOf(of: ModelCandidate, { needs = [], inputTokens = 0, outputTokens = 0 }: SelectionRequest): string[] {
  return [
    ...needs.filter((need) => !of.capabilities?.includes(need)),
    ...(inputTokens + outputTokens > (of.contextWindow ?? Infinity) ? ['window'] : []),
    ...(outputTokens > (of.maxOutputTokens ?? Infinity) ? ['output'] : []),
  ];
}

test('whatever is asked and comes of it: limits hold, scores are scores, a run tries each model once and tells its end', async () => {
  const play = async (
    candidates: readonly ModelCandidate[],
    exploration: 'thompson' | 'ucb' | 'none',
    calls: readonly { request: SelectionRequest; after: number; failing: number; latency: number }[],
  ): Promise<string[]> => {
    const clock = new ManualClock();
    const selector = new ModelSelector({
      name: 'p',
      candidates,
      exploration,
      clock,
      random: seededRandom(7),
      telemetry: noTelemetry,
    });
    const ends: string[] = [];
    const chosen = new Map<string, number[]>();
    const check = (asked: SelectionRequest, decision: ModelDecision): void => {
      const index = candidates.findIndex(({ model }) => model === decision.model);
      const own = candidates[index];
      expect(own && faultsOf(own, asked)).toEqual([]);
      for (const score of decision.scores) {
        const values = [score.success, score.quality, score.latency, score.cost, score.total, score.believed];
        expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
      }
      const usable = decision.scores.filter(({ excluded }) => excluded === undefined);
      const order = [decision.model, ...decision.fallbacks];
      expect(new Set(order).size).toBe(order.length);
      if (usable.length > 0) expect([...order].sort()).toEqual(usable.map(({ model }) => model).sort());
      const times = chosen.get(decision.model) ?? [];
      chosen.set(decision.model, [...times.filter((at) => at > clock.elapsed() - 60_000), clock.elapsed()]);
      expect(chosen.get(decision.model)?.length).toBeLessThanOrEqual(own?.requestsPerMinute ?? Infinity);
    };
    for (const { request: asked, after, failing, latency } of calls) {
      await clock.advance(after);
      const tried: string[] = [];
      const end = await selector
        .run(asked, async (decision) => {
          check(asked, decision);
          tried.push(decision.model);
          const running = clock.sleep(latency);
          await clock.advance(latency);
          await running;
          if ((failing >> Number(decision.model)) & 1) throw new Error(`${decision.model} failed`);
          return `${decision.model} answered`;
        })
        .catch((error: Error) => error.message);
      expect(new Set(tried).size).toBe(tried.length);
      const last = tried.at(-1);
      expect(end).toMatch(last === undefined ? /no model can be used/ : new RegExp(`^${last} (answered|failed)$`));
      // An answer ends the run: only the last that was tried can have answered.
      expect(tried.slice(0, -1).every((model) => (failing >> Number(model)) & 1)).toBe(true);
      ends.push(end);
    }
    return ends;
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(candidate, { minLength: 1, maxLength: 4 }),
      fc.constantFrom('thompson', 'ucb', 'none'),
      fc.array(call, { maxLength: 25 }),
      async (kinds, exploration, calls) => {
        const candidates = kinds.map((kind, index) => ({ model: `${index}`, provider: 'p', ...given(kind) }));
        const asked = calls.map((each) => ({ ...each, request: given(each.request) }));
        const ends = await play(candidates, exploration, asked);
        expect(await play(candidates, exploration, asked)).toEqual(ends);
      },
    ),
    { seed: 9, numRuns: 40 },
  );
});
