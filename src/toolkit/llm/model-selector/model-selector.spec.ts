import { ManualClock } from '../../../base/testing/manual-clock';
import { noTelemetry } from '../../../base/telemetry';
import { seededRandom } from '../../../base/ids';
import { startTestTracing } from '../../../instrument/testing/test-tracing';
import { breakerState, closedBreaker, nextBreaker } from './circuit-breaker';
import { ModelSelector } from './model-selector';
import { epsilonGreedy, fixedPolicy, meanRegret, plainScore, selectorPolicy } from './testing/replay';
import { DEGRADATIONS } from './testing/worlds';
import type { ModelOutcome, ModelSelectorOptions, SelectionRequest } from './types';

const candidates = [
  {
    model: 'big',
    provider: 'p',
    prices: { input: 10, output: 50, cacheRead: 1, cacheWrite: 12 },
    quality: 0.95,
    latency: 6_000,
    capabilities: ['tools', 'vision'],
    contextWindow: 200_000,
  },
  {
    model: 'small',
    provider: 'p',
    prices: { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.2 },
    quality: 0.6,
    latency: 1_000,
    capabilities: ['tools'],
    contextWindow: 32_000,
    maxOutputTokens: 4_000,
  },
];

function setUp(options: Partial<ModelSelectorOptions> = {}) {
  const clock = new ManualClock();
  const selector = new ModelSelector({
    name: 'test',
    candidates,
    exploration: 'none',
    clock,
    random: seededRandom(1),
    telemetry: noTelemetry,
    ...options,
  });
  return { clock, selector };
}

test.each<[string, SelectionRequest, string, string | undefined]>([
  ['hard work goes to the good model', { complexity: 1 }, 'big', undefined],
  ['easy work to the cheap one', { complexity: 0 }, 'small', undefined],
  ['urgent work to the fast one', { complexity: 0.6, urgency: 'high' }, 'small', undefined],
  ['what one cannot do, the other does', { complexity: 0, needs: ['vision'] }, 'big', 'cannot do "vision"'],
  ['a window that is too small', { complexity: 0, inputTokens: 100_000 }, 'big', 'too small'],
  ['a budget', { complexity: 1, budgetUsd: 0.01, inputTokens: 2_000, outputTokens: 500 }, 'small', 'would cost'],
  [
    'a session stays where its cache is',
    { complexity: 0.2, inputTokens: 90_000, session: { model: 'big', cachedTokens: 88_000 } },
    'big',
    'too small',
  ],
])('%s', (_name, request, model, excluded) => {
  const decision = setUp().selector.select(request);
  expect(decision.model).toBe(model);
  const out = decision.scores.find((score) => score.model !== model)?.excluded;
  if (excluded === undefined) expect(out).toBeUndefined();
  else expect(out).toContain(excluded);
});

test('leaving a cached session is charged for', () => {
  const { selector } = setUp();
  const cost = (session?: SelectionRequest['session']) =>
    selector
      .select({ inputTokens: 20_000, ...(session === undefined ? {} : { session }) })
      .scores.map(({ expectedCostUsd }) => expectedCostUsd ?? 0);
  const [bigFresh = 0, smallFresh = 0] = cost();
  const [bigCached = 0, smallSwitch = 0] = cost({ model: 'big', cachedTokens: 20_000 });
  expect(bigCached).toBeLessThan(bigFresh);
  expect(smallSwitch).toBeGreaterThan(smallFresh);
});

test('rules narrow and weigh, and are named', () => {
  const { selector } = setUp({
    rules: [{ name: 'night', when: ({ urgency }) => urgency === 'low', deny: ['small'], weights: { cost: 0 } }],
  });
  expect(selector.select({ urgency: 'low', complexity: 0 })).toMatchObject({
    model: 'big',
    rules: ['night'],
    weights: { cost: 0 },
  });
  expect(() => selector.select({ urgency: 'low', exclude: ['big'] })).toThrow('rule "night" rules it out');
});

test('scores are between 0 and 1, and the decision is explained', () => {
  const { scores, reason, fallbacks } = setUp({ exploration: 'thompson' }).selector.select();
  for (const { success, quality, latency, cost, total } of scores) {
    for (const value of [success, quality, latency, cost, total]) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(1);
    }
  }
  expect(reason).toMatch(/^(big|small), /);
  expect(fallbacks).toHaveLength(1);
});

test('failures open a breaker; after the cooldown one call sees; success closes it', async () => {
  const { clock, selector } = setUp({ breakerFailures: 3, breakerCooldown: 1_000 });
  for (let count = 0; count < 3; count++) selector.report('big', { ok: false });
  expect(selector.breakerOf('big')).toBe('open');
  expect(selector.select({ complexity: 1 }).model).toBe('small');
  await clock.advance(1_000);
  expect(selector.breakerOf('big')).toBe('half-open');
  selector.report('big', { ok: true });
  expect(selector.breakerOf('big')).toBe('closed');
});

test.each([
  ['ff', 'closed'],
  ['fff', 'open'],
  ['ffsff', 'closed'],
])('breaker after %s is %s', (inputs, want) => {
  const end = [...inputs].reduce(
    (breaker, letter) => nextBreaker(breaker, letter === 'f' ? 'failure' : 'success', 0, { failures: 3, cooldown: 10 }),
    closedBreaker,
  );
  expect(breakerState(end, 0)).toBe(want);
});

test('run goes on to the fallback, and throws the last error when all fail', async () => {
  const { selector } = setUp();
  const tried: string[] = [];
  const fail = (failing: string) =>
    selector.run({ complexity: 1 }, async ({ model }) => {
      tried.push(model);
      if (failing.includes(model)) throw new Error(`${model} is down`);
      return model;
    });
  expect(await fail('big')).toBe('small');
  expect(tried).toEqual(['big', 'small']);
  await expect(fail('big small')).rejects.toThrow('is down');
});

test('learns which model fails at which work', () => {
  const { selector } = setUp();
  for (let count = 0; count < 30; count++) {
    const decision = selector.select({ complexity: 0.9 });
    selector.report(decision, { ok: decision.model === 'small' || count % 3 === 0, quality: 0.9 });
  }
  expect(selector.select({ complexity: 0.9 }).model).toBe('small');
});

test('answers teach what a model costs beside its list price, and a budget goes by that', async () => {
  const { selector } = setUp();
  const request = { complexity: 0, inputTokens: 2_000, outputTokens: 500, budgetUsd: 0.02 };
  const listed = selector.select(request).scores.find(({ model }) => model === 'small')?.expectedCostUsd ?? 0;
  for (let count = 0; count < 20; count++) {
    await selector.run(
      { ...request, exclude: ['big'] },
      async () => 'answer',
      undefined,
      () => ({ costUsd: 2 * listed }),
    );
  }
  const learned = selector.select(request).scores.find(({ model }) => model === 'small')?.expectedCostUsd ?? 0;
  expect(learned / listed).toBeGreaterThan(1.8);
  expect(learned / listed).toBeLessThanOrEqual(2);
});

test.each<['latency' | 'quality' | 'success', (changed: boolean) => ModelOutcome]>([
  ['latency', (changed) => ({ ok: true, latency: changed ? 9_000 : 1_000 })],
  ['quality', (changed) => ({ ok: true, quality: changed ? 0.2 : 0.9 })],
  ['success', (changed) => ({ ok: !changed })],
])('a jump of %s is noticed within a few calls', (part, outcome) => {
  const { selector } = setUp({ candidates: candidates.map(({ model, provider }) => ({ model, provider })) });
  for (let count = 0; count < 200; count++) {
    for (const { model } of candidates) selector.report(model, outcome(false));
  }
  for (let count = 0; count < 12; count++) selector.report('big', outcome(true));
  const [big, small] = selector.select().scores;
  expect(big?.[part]).toBeLessThan(0.6 * (small?.[part] ?? 0));
});

test.each([
  { name: 'falls to 0.40', seeds: 8, rounds: 1_000 },
  { name: 'falls to 0.40', seeds: 2, rounds: 2_000 },
  { name: 'slides to 0.40', seeds: 2, rounds: 2_000 },
  { name: 'recovers in part', seeds: 2, rounds: 2_000 },
  { name: 'recovers', seeds: 3, rounds: 2_000 },
  { name: 'becomes slow', seeds: 2, rounds: 2_000 },
  { name: 'becomes dear', seeds: 2, rounds: 2_000 },
  { name: 'answers badly', seeds: 2, rounds: 2_000 },
])(
  'on a replay of $rounds calls in which the best model $name, regret is small and less than that of simpler policies',
  ({ name, seeds, rounds }) => {
    const { [name]: usual } = DEGRADATIONS;
    if (usual === undefined) throw new Error(name);
    const world = { ...usual, rounds };
    const models = world.models.length;
    const mean = (policy: (seed: number) => Parameters<typeof meanRegret>[0]): number => {
      let sum = 0;
      for (let seed = 1; seed <= seeds; seed++) sum += meanRegret(policy(seed), world, 100 + seed);
      return sum / seeds;
    };
    const ours = mean((seed) => selectorPolicy(world.models, seed));
    expect(ours).toBeLessThanOrEqual(0.03);
    expect(mean((seed) => selectorPolicy(world.models, seed, 'ucb'))).toBeLessThanOrEqual(0.03);
    for (const policy of [
      () => fixedPolicy(0),
      (seed: number) => epsilonGreedy(models, seed),
      () => plainScore(models),
    ]) {
      expect(ours).toBeLessThan(mean(policy));
    }
  },
);

test('tokens that answers used teach the cost, by the candidate’s own prices', async () => {
  const { selector } = setUp();
  const request = { complexity: 0, inputTokens: 2_000, outputTokens: 500, exclude: ['big'] };
  const expected = () => selector.select(request).scores.find(({ model }) => model === 'small')?.expectedCostUsd ?? 0;
  const listed = expected();
  // By list: 2,000 at $1 and 500 at $5 a million; used are twice the output and a cached half of the input.
  const usage = { input: 2_000, cacheRead: 1_000, output: 1_000 };
  for (let count = 0; count < 20; count++) {
    await selector.run(
      request,
      async () => 'answer',
      undefined,
      () => ({ usage }),
    );
  }
  expect(listed).toBeCloseTo(0.0045, 6);
  expect(expected() / listed).toBeGreaterThan(1.2);
  expect(expected() / listed).toBeLessThan((1_000 * 1 + 1_000 * 0.1 + 1_000 * 5) / 1e6 / 0.0045 + 0.01);
});

describe('a run that is ended', () => {
  const hang = () => new Promise<never>(() => undefined);

  test('by its caller: at once, without a fallback, and nothing is held against the model', async () => {
    const { selector } = setUp({ breakerFailures: 1 });
    const abort = new AbortController();
    const calls: string[] = [];
    const running = selector.run(
      { complexity: 1 },
      ({ model }, signal) => {
        calls.push(model);
        signal.addEventListener('abort', () => calls.push('aborted'));
        return hang();
      },
      undefined,
      undefined,
      abort.signal,
    );
    abort.abort(new Error('the caller left'));
    await expect(running).rejects.toThrow('the caller left');
    expect(calls).toEqual(['big', 'aborted']);
    expect(selector.breakerOf('big')).toBe('closed');
    const late = selector.run({}, hang, undefined, undefined, abort.signal);
    await expect(late).rejects.toThrow('the caller left');
  });

  test('by the close: so are all, and no model is chosen any more', async () => {
    const { selector } = setUp();
    const running = [1, 2, 3].map(() => selector.run({}, hang));
    const ended = Promise.allSettled(running);
    await selector[Symbol.asyncDispose]();
    expect((await ended).map((each) => each.status === 'rejected' && each.reason.code)).toEqual(
      Array(3).fill('TOOLKIT_CLOSED'),
    );
    await expect(selector.run({}, hang)).rejects.toMatchObject({ code: 'TOOLKIT_CLOSED' });
    expect(() => selector.select()).toThrow('is closed');
    await selector.close();
  });
});

test('a run is a span with the model that answered, and the decisions as events', async () => {
  const tracing = startTestTracing();
  const { selector } = setUp();
  await selector.run({ complexity: 1 }, async ({ model }) => {
    if (model === 'big') throw new Error('down');
  });
  const [span] = tracing.spans();
  await tracing.stop();
  expect(span?.name).toBe('select test');
  expect(span?.attributes).toMatchObject({ 'telltale.selector.model': 'small', 'telltale.selector.attempts': 2 });
  expect(span?.events.map(({ name }) => name)).toEqual(['model.selected', 'model.selected']);
});
