import type { Clock, Millis } from '../../../base/clock';
import type { Random } from '../../../base/ids';
import type { Telemetry } from '../../../base/telemetry';
import type { TokenUsage } from '../../../domain/usage';

/** US dollars per million tokens. */
export interface TokenPrices {
  readonly input: number;
  readonly output: number;
  /** Input served by the prompt cache; default `input`. */
  readonly cacheRead?: number;
  /** Input kept by the prompt cache; default `input`. */
  readonly cacheWrite?: number;
}

/** A model that may be chosen. */
export interface ModelCandidate {
  readonly model: string;
  readonly provider: string;
  /** e.g. `tools`, `vision`, `thinking`. */
  readonly capabilities?: readonly string[];
  /** Input and output together. */
  readonly contextWindow?: number;
  readonly maxOutputTokens?: number;
  /** Selections in any minute, at most. */
  readonly requestsPerMinute?: number;
  /** By default the bundled list price; without either the model counts as the dearest. */
  readonly prices?: TokenPrices;
  /** How good its answers are believed to be before any is seen, 0 to 1; default as the others', 0.7 at first. */
  readonly quality?: number;
  /** Time to a whole answer, believed before any is seen; default as the others', 3 s at first. */
  readonly latency?: Millis;
}

/** What is to be done. */
export interface SelectionRequest {
  /** 0 (trivial) to 1 (hard); the harder, the more quality counts. Default 0.5. */
  readonly complexity?: number;
  /** The more urgent, the more latency counts. Default `normal`. */
  readonly urgency?: 'low' | 'normal' | 'high';
  /** The call may not be expected to cost more. */
  readonly budgetUsd?: number;
  readonly needs?: readonly string[];
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** The conversation so far: switching away from its model loses what the prompt cache holds. */
  readonly session?: { readonly model: string; readonly cachedTokens: number };
  /** Models that were tried already. */
  readonly exclude?: readonly string[];
}

/** How much each criterion counts; only their proportions matter. */
export interface Weights {
  readonly quality: number;
  readonly latency: number;
  readonly cost: number;
}

/** Narrows the candidates, or changes the weights, for some requests. */
export interface SelectionRule {
  readonly name: string;
  when(request: SelectionRequest): boolean;
  /** Only these. */
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly weights?: Partial<Weights>;
}

/** What a call came to. */
export interface ModelOutcome {
  readonly ok: boolean;
  readonly latency?: Millis;
  /** How good the answer was, 0 to 1, when somebody judged. */
  readonly quality?: number;
  /** What it cost; teaches how much dearer or cheaper the model's calls are than its list price has them. */
  readonly costUsd?: number;
  /** Tokens that it used: its cost by the candidate's prices, where `costUsd` is not told. */
  readonly usage?: TokenUsage;
  /** False for faults of the caller, which say nothing about the model. Default true. */
  readonly countsAgainstModel?: boolean;
}

/** How one candidate stood. All criteria are 0 to 1, 1 the best. */
export interface CandidateScore {
  readonly model: string;
  /** Why it could not be chosen; undefined for those that could. */
  readonly excluded?: string;
  /** Chance of success, as drawn or bounded for this decision; so are the other three where outcomes tell of them. */
  readonly success: number;
  readonly quality: number;
  readonly latency: number;
  readonly cost: number;
  /** The sum by weight, times the chance of success. */
  readonly total: number;
  /** The same without exploration: from what is believed. */
  readonly believed: number;
  /** By list price, and by what calls of the model cost so far. */
  readonly expectedCostUsd: number | undefined;
}

/** A choice and its grounds. */
export interface ModelDecision {
  readonly model: string;
  readonly provider: string;
  /** To try next, the best first. */
  readonly fallbacks: readonly string[];
  readonly scores: readonly CandidateScore[];
  /** Names of the rules that applied. */
  readonly rules: readonly string[];
  readonly weights: Weights;
  /** It is not the one believed best: it was chosen to learn. */
  readonly explored: boolean;
  /** One sentence for people. */
  readonly reason: string;
  /** The request's complexity, under which the outcome is learned. */
  readonly complexity: number | undefined;
  /** What the call was expected to cost by list price alone, which an outcome's cost is held against. */
  readonly listCostUsd: number | undefined;
}

/** How a selector decides and learns. */
export interface ModelSelectorOptions {
  /** Names the selector in metrics. */
  readonly name: string;
  readonly candidates: readonly ModelCandidate[];
  readonly rules?: readonly SelectionRule[];
  /** Before rules, complexity and urgency; default quality 0.6, latency 0.2, cost 0.2. */
  readonly weights?: Weights;
  /** Default `thompson`. */
  readonly exploration?: 'thompson' | 'ucb' | 'none';
  /** Calls after which an outcome counts half; default 400. */
  readonly halfLifeCalls?: number;
  /** Time after which an outcome counts half; default 1 h. */
  readonly halfLife?: Millis;
  /** Failures in a row that open a model's breaker; default 5. */
  readonly breakerFailures?: number;
  /** How long an open breaker stays so at first; doubles up to 32-fold. Default 15 s. */
  readonly breakerCooldown?: Millis;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly telemetry?: Telemetry;
}
