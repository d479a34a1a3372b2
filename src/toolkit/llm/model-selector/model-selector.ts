import { systemClock } from '../../../base/clock';
import { systemRandom } from '../../../base/ids';
import { ClosedError, NoModelError, ToolkitOptionsError } from '../../errors';
import { recordDecision, toolkitTelemetry, withToolkitSpan } from '../../shared/telemetry';
import { breakerState, closedBreaker, nextBreaker } from './circuit-breaker';
import { believed as meansOf, bounded, drawn, estimateOf, poolOf } from './estimate';
import { costOfUsage, expectedCost } from './expected-cost';
import { ModelStatistics } from './model-statistics';
import { Runs } from './runs';
import { selectorInstruments } from './selector-telemetry';
import { weightsFor } from './weights';
import type { Clock, Millis } from '../../../base/clock';
import type { Random } from '../../../base/ids';
import type { Breaker, BreakerInput, BreakerState } from './circuit-breaker';
import type { Drawn, Estimate } from './estimate';
import type { SelectorInstruments } from './selector-telemetry';
import type {
  CandidateScore,
  ModelCandidate,
  ModelDecision,
  ModelOutcome,
  ModelSelectorOptions,
  SelectionRequest,
  SelectionRule,
  Weights,
} from './types';

const MINUTE: Millis = 60_000;
/** Complexities that are learned apart. */
const TIERS = 3;
/** Why a candidate is shut out that may be used when there is nothing else. */
const BREAKER_OPEN = 'its breaker is open';

interface Known {
  readonly candidate: ModelCandidate;
  readonly overall: ModelStatistics;
  readonly tiers: readonly ModelStatistics[];
  breaker: Breaker;
  selectedAt: Millis[];
}

/**
 * Chooses a model for each request and learns from what came of it: rules and limits first, then quality, latency and
 * cost by weight, times the chance of success, drawn from what is known so that the little known is tried at times.
 */
export class ModelSelector implements AsyncDisposable {
  private readonly known = new Map<string, Known>();
  private readonly clock: Clock;
  private readonly random: Random;
  private readonly instruments: SelectorInstruments;
  private readonly runs = new Runs();
  private calls = 0;

  /** @throws ToolkitOptionsError */
  constructor(private readonly options: ModelSelectorOptions) {
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? systemRandom;
    if (options.candidates.length === 0) throw new ToolkitOptionsError(`selector "${options.name}" has no candidates`);
    for (const candidate of options.candidates) {
      if (this.known.has(candidate.model)) {
        throw new ToolkitOptionsError(`selector "${options.name}" has two candidates "${candidate.model}"`);
      }
      const belief = { success: 0.9, quality: candidate.quality ?? 0.7, latency: candidate.latency ?? 3_000 };
      this.known.set(candidate.model, {
        candidate,
        overall: new ModelStatistics(belief),
        tiers: Array.from({ length: TIERS }, () => new ModelStatistics(belief)),
        breaker: closedBreaker,
        selectedAt: [],
      });
    }
    this.instruments = selectorInstruments(
      options.telemetry ?? toolkitTelemetry,
      options.name,
      [...this.known.keys()],
      (model) => this.breakerOf(model) !== 'closed',
    );
  }

  /** Chooses. @throws NoModelError when no candidate may be used, ClosedError */
  select(request: SelectionRequest = {}): ModelDecision {
    if (this.runs.closed) throw new ClosedError(`selector "${this.options.name}" is closed`);
    const at = this.clock.elapsed();
    const rules = (this.options.rules ?? []).filter((rule) => rule.when(request));
    const weights = weightsFor(request, rules, this.options.weights);
    const scores = this.score(request, rules, weights, at);
    let usable = this.usable(scores);
    const shutOut = scores.filter(({ excluded }) => excluded === BREAKER_OPEN);
    // With nothing else left, a call that may fail is better than none.
    if (usable.length === 0) usable = shutOut.map(({ excluded: _, ...score }) => score).sort(byTotal);
    const [best] = usable;
    const chosen = best === undefined ? undefined : this.known.get(best.model);
    if (best === undefined || chosen === undefined) {
      this.instruments.none();
      const why = scores.map(({ model, excluded }) => `${model}: ${excluded ?? ''}`).join('; ');
      throw new NoModelError(`selector "${this.options.name}": no model can be used (${why})`);
    }
    if (breakerState(chosen.breaker, at) === 'half-open') this.turn(chosen, 'probe', at);
    chosen.selectedAt.push(at);
    const believed = usable.reduce((top, score) => (score.believed > top.believed ? score : top), best);
    const explored = believed.model !== best.model;
    const decision: ModelDecision = {
      model: best.model,
      provider: chosen.candidate.provider,
      fallbacks: usable.slice(1).map(({ model }) => model),
      scores,
      rules: rules.map(({ name }) => name),
      weights,
      explored,
      reason: reasonOf(best, believed, scores),
      complexity: request.complexity,
      listCostUsd: expectedCost(chosen.candidate, request, this.clock.now()),
    };
    this.instruments.selected(best.model, explored);
    recordDecision('model.selected', {
      'telltale.selector': this.options.name,
      'telltale.selector.model': best.model,
      'telltale.selector.explored': explored,
      'telltale.selector.reason': decision.reason,
    });
    return decision;
  }

  /** Learns what came of a call of a model. Unknown models are ignored. */
  report(called: ModelDecision | string, outcome: ModelOutcome): void {
    const model = typeof called === 'string' ? called : called.model;
    const known = this.known.get(model);
    if (known === undefined) return;
    const at = this.clock.elapsed();
    if (outcome.countsAgainstModel === false && !outcome.ok) {
      this.turn(known, 'probe-lost', at);
      return;
    }
    this.calls++;
    const decision = typeof called === 'string' ? undefined : called;
    const { usage, costUsd = usage && costOfUsage(known.candidate, usage, this.clock.now()) } = outcome;
    const paid = costUsd === undefined ? outcome : { ...outcome, costUsd };
    const changed = this.faded(known.overall, at).observe(paid, decision?.listCostUsd);
    const tier = this.tierOf(known, decision?.complexity);
    // A change shows in the record of all work first; what was learned of single tiers is of the model that was.
    if (changed.includes('success')) for (const each of known.tiers) each.success.forget();
    if (tier !== undefined) this.faded(tier, at).observe(outcome);
    if (changed.length > 0) {
      recordDecision('model.changed', {
        'telltale.selector.model': model,
        'telltale.selector.changed': changed.join(),
      });
    }
    this.turn(known, outcome.ok ? 'success' : 'failure', at);
    this.instruments.outcome(model, outcome.ok);
  }

  /**
   * Chooses, calls, reports, and goes on to the fallbacks while calls fail, in one span. Ends at once when the signal aborts: no
   * fallback is called, and nothing is learned of the model.
   * @param call gets the model, and a signal that aborts with the caller's and when the selector is closed; its rejection is a
   *   failure of the model unless `isModelFault` says otherwise
   * @param outcomeOf what an answer says of its quality and cost, so that they are learned too
   * @throws the last call's error, the signal's reason, NoModelError, ClosedError
   */
  async run<T>(
    request: SelectionRequest,
    call: (decision: ModelDecision, signal: AbortSignal) => Promise<T>,
    isModelFault: (error: unknown) => boolean = () => true,
    outcomeOf: (answer: T) => Pick<ModelOutcome, 'quality' | 'costUsd' | 'usage'> = () => ({}),
    signal?: AbortSignal,
  ): Promise<T> {
    signal?.throwIfAborted();
    const attributes = { 'telltale.selector': this.options.name };
    return withToolkitSpan(`select ${this.options.name}`, { attributes }, (span) =>
      this.runs.within(signal, async (running) => {
        const tried: string[] = [...(request.exclude ?? [])];
        let failure: unknown;
        for (let attempt = 1; ; attempt++) {
          let decision: ModelDecision;
          try {
            decision = this.select({ ...request, exclude: tried });
          } catch (error) {
            throw failure ?? error;
          }
          if (failure !== undefined) this.instruments.fellBack(decision.model);
          span.setAttributes({ 'telltale.selector.model': decision.model, 'telltale.selector.attempts': attempt });
          const began = this.clock.elapsed();
          try {
            const result = await running.race(call(decision, running.signal));
            this.report(decision, { ...outcomeOf(result), ok: true, latency: this.clock.elapsed() - began });
            return result;
          } catch (error) {
            const counts = !running.signal.aborted && isModelFault(error);
            this.report(decision, { ok: false, latency: this.clock.elapsed() - began, countsAgainstModel: counts });
            if (!counts) throw error;
            tried.push(decision.model);
            failure = error;
          }
        }
      }),
    );
  }

  /** Ends what runs, whose callers get ClosedError, and chooses no more. Resolves when all have ended; idempotent. */
  close(): Promise<void> {
    return this.runs.close(new ClosedError(`selector "${this.options.name}" was closed`));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The state of a model's breaker. */
  breakerOf(model: string): BreakerState {
    return breakerState(this.known.get(model)?.breaker ?? closedBreaker, this.clock.elapsed());
  }

  private usable(scores: readonly CandidateScore[]): CandidateScore[] {
    return scores.filter(({ excluded }) => excluded === undefined).sort(byTotal);
  }

  private score(
    request: SelectionRequest,
    rules: readonly SelectionRule[],
    weights: Weights,
    at: Millis,
  ): CandidateScore[] {
    const now = this.clock.now();
    const all = [...this.known.values()];
    const pool = poolOf(all.map(({ overall }) => this.faded(overall, at)));
    const drafts = all.map((known) => {
      const tier = this.tierOf(known, request.complexity);
      const fadedTier = tier === undefined ? undefined : this.faded(tier, at);
      const estimate = estimateOf(known.candidate, known.overall, fadedTier, pool);
      return {
        known,
        listCostUsd: expectedCost(known.candidate, request, now),
        means: meansOf(estimate),
        chances: this.explore(estimate),
      };
    });
    const worthBy = worthOf(drafts.map(({ listCostUsd, chances }) => ({ listCostUsd, ...chances })));
    const worthOfMeans = worthOf(drafts.map(({ listCostUsd, means }) => ({ listCostUsd, ...means })));
    return drafts.map(({ known, listCostUsd, means, chances }) => {
      const { latency, cost, total } = worthBy({ listCostUsd, ...chances }, weights);
      const costUsd = listCostUsd === undefined ? undefined : listCostUsd * means.price;
      const excluded = this.exclusion(known, request, rules, costUsd, at);
      return {
        model: known.candidate.model,
        ...(excluded === undefined ? {} : { excluded }),
        success: chances.success,
        quality: chances.quality,
        latency,
        cost,
        total,
        believed: worthOfMeans({ listCostUsd, ...means }, weights).total,
        expectedCostUsd: costUsd,
      };
    });
  }

  private explore(estimate: Estimate): Drawn {
    const { exploration = 'thompson' } = this.options;
    if (exploration === 'thompson') return drawn(estimate, this.random);
    if (exploration === 'none') return meansOf(estimate);
    return bounded(estimate, Math.min(this.calls, this.halfLifeCalls));
  }

  private exclusion(
    { candidate, breaker, selectedAt }: Known,
    request: SelectionRequest,
    rules: readonly SelectionRule[],
    costUsd: number | undefined,
    at: Millis,
  ): string | undefined {
    const { model, capabilities = [], contextWindow = Infinity, maxOutputTokens = Infinity } = candidate;
    const { needs = [], inputTokens = 0, outputTokens = 0, budgetUsd = Infinity, exclude = [] } = request;
    if (exclude.includes(model)) return 'was tried already';
    const missing = needs.find((need) => !capabilities.includes(need));
    if (missing !== undefined) return `cannot do "${missing}"`;
    if (inputTokens + outputTokens > contextWindow) return `its window of ${contextWindow} tokens is too small`;
    if (outputTokens > maxOutputTokens) return `it answers with ${maxOutputTokens} tokens at most`;
    if (Number.isFinite(budgetUsd) && (costUsd ?? Infinity) > budgetUsd) {
      return costUsd === undefined ? 'its price is not known' : `it would cost $${costUsd.toFixed(4)}`;
    }
    const rule = rules.find(
      ({ allow, deny }) => (allow !== undefined && !allow.includes(model)) || deny?.includes(model),
    );
    if (rule !== undefined) return `rule "${rule.name}" rules it out`;
    if (breakerState(breaker, at) === 'open') return BREAKER_OPEN;
    if (candidate.requestsPerMinute !== undefined) {
      while ((selectedAt[0] ?? at) <= at - MINUTE) selectedAt.shift();
      if (selectedAt.length >= candidate.requestsPerMinute)
        return `more than ${candidate.requestsPerMinute} calls a minute`;
    } else selectedAt.length = 0;
    return undefined;
  }

  private tierOf({ tiers }: Known, complexity: number | undefined): ModelStatistics | undefined {
    if (complexity === undefined) return undefined;
    return tiers[Math.min(TIERS - 1, Math.max(0, Math.floor(complexity * TIERS)))];
  }

  private get halfLifeCalls(): number {
    return this.options.halfLifeCalls ?? 400;
  }

  private faded(statistics: ModelStatistics, at: Millis): ModelStatistics {
    const { halfLife = 3_600_000 } = this.options;
    statistics.fade(this.calls, at, { perCall: 0.5 ** (1 / this.halfLifeCalls), halfLife });
    return statistics;
  }

  private turn(known: Known, input: BreakerInput, at: Millis): void {
    const { breakerFailures: failures = 5, breakerCooldown: cooldown = 15_000 } = this.options;
    const before = breakerState(known.breaker, at);
    known.breaker = nextBreaker(known.breaker, input, at, { failures, cooldown });
    const after = breakerState(known.breaker, at);
    if (before === after) return;
    const { model } = known.candidate;
    if (after === 'open' && input === 'failure') this.instruments.opened(model);
    recordDecision('model.breaker', { 'telltale.selector.model': model, 'telltale.breaker': after });
  }
}

interface Priced extends Drawn {
  readonly listCostUsd: number | undefined;
}

interface Worth {
  readonly latency: number;
  readonly cost: number;
  readonly total: number;
}

/** What a model is worth among others: its criteria by weight, each 1 for the best, times its chance of success. */
function worthOf(all: readonly Priced[]): (of: Priced, weights: Weights) => Worth {
  const costOf = ({ listCostUsd, price }: Priced): number =>
    listCostUsd === undefined ? Infinity : listCostUsd * price;
  const cheapest = Math.min(...all.map(costOf));
  const fastest = Math.min(...all.map(({ latency }) => latency));
  return (of, weights) => {
    const own = costOf(of);
    const latency = fastest / of.latency;
    const cost = own === Infinity ? 0 : own <= 0 ? 1 : Math.min(1, cheapest / own);
    const worth = of.quality * weights.quality + latency * weights.latency + cost * weights.cost;
    return { latency, cost, total: worth * of.success };
  };
}

function byTotal(a: CandidateScore, b: CandidateScore): number {
  return b.total - a.total;
}

function reasonOf(best: CandidateScore, believed: CandidateScore, scores: readonly CandidateScore[]): string {
  const excluded = scores.filter((score) => score.excluded !== undefined);
  const why =
    best.model === believed.model
      ? `it is believed best (${best.believed.toFixed(3)})`
      : `to learn: it may be better than ${believed.model} (${best.believed.toFixed(3)} against ${believed.believed.toFixed(3)})`;
  const out = excluded.map(({ model, excluded: text }) => `${model}: ${text ?? ''}`).join('; ');
  return `${best.model}, ${why}${out === '' ? '' : `; not ${out}`}`;
}
