import { seededRandom } from '../../base/ids';
import type { Clock, Millis } from '../../base/clock';
import type { Random } from '../../base/ids';
import type { TokenUsage } from '../../domain/usage';
import type { Incident } from '../incident';
import { decideAnswer } from './simulated-mind';
import { estimateTokens, textOfRequest } from './simulated-tokens';
import type { ModelEvent, ModelProvider, ModelRequest } from './provider';

/** How the simulated model behaves. */
export interface SimulatedOptions {
  readonly seed: number;
  /** Divides all waits; 1 is the pace of a fast hosted model. */
  readonly speed?: number;
  readonly incident?: Incident;
}

/** Pace of one simulated model. */
interface Pace {
  /** Median time to first token. */
  readonly firstToken: Millis;
  readonly tokensPerSecond: number;
}

const MODELS: Readonly<Record<string, Pace>> = {
  'claude-sonnet-4-5': { firstToken: 260, tokensPerSecond: 160 },
  'claude-haiku-4-5': { firstToken: 140, tokensPerSecond: 260 },
};
const DEFAULT_PACE: Pace = { firstToken: 260, tokensPerSecond: 160 };

/** Shorter prompts are not kept by a prompt cache. */
const CACHE_MINIMUM = 256;
/** Conversations whose prompt prefix is remembered. */
const CACHE_CAPACITY = 512;
const TOKENS_PER_CHUNK = 5;

/**
 * A model that needs no network: deterministic by its seed, with a realistic time to first token and rate, usage with
 * cache fields, and a sensible choice of tools, so that the loop around it is real.
 */
export class SimulatedProvider implements ModelProvider {
  readonly name = 'anthropic';
  readonly models = Object.keys(MODELS);
  private readonly random: Random;
  private readonly prefixes = new Map<string, string>();
  private calls = 0;

  constructor(
    private readonly clock: Clock,
    private readonly options: SimulatedOptions,
  ) {
    this.random = seededRandom(options.seed);
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    const random = seededRandom(Math.floor(this.random() * 0xffff_ffff));
    const id = `msg_sim_${String(++this.calls).padStart(6, '0')}`;
    const incident = this.options.incident?.current;
    const slow = incident === 'slow-model' ? 9 : 1;
    const { firstToken, tokensPerSecond } = MODELS[request.model] ?? DEFAULT_PACE;
    const answer = decideAnswer(request, random, incident === 'runaway-tokens', id);
    const usage = this.usageOf(request, answer.text, answer.toolUses.length);

    await this.wait(firstToken * slow * logNormal(random, 0.35), signal);
    for (const piece of pieces(answer.text)) {
      yield { type: 'text', text: piece };
      const tokens = estimateTokens(piece);
      // A runaway answer comes in bursts: the tokens are what hurts, not the wait.
      const rate = tokensPerSecond * (incident === 'runaway-tokens' ? 25 : 1);
      await this.wait(((tokens * 1000) / rate) * Math.min(slow, 4), signal);
    }
    for (const { name, input } of answer.toolUses) {
      await this.wait((20_000 / tokensPerSecond) * Math.min(slow, 4), signal);
      yield { type: 'tool_use', id: `toolu_${id.slice(8)}_${name}`, name, input };
    }
    const stopReason = answer.toolUses.length > 0 ? 'tool_use' : answer.truncated ? 'max_tokens' : 'end_turn';
    yield { type: 'end', stopReason, responseId: id, model: request.model, usage };
  }

  private async wait(delay: Millis, signal: AbortSignal): Promise<void> {
    await this.clock.sleep(delay / (this.options.speed ?? 1), signal);
  }

  /** Usage as Anthropic counts it: what the last prompt of the conversation began with is read from the cache. */
  private usageOf(request: ModelRequest, text: string, toolUses: number): TokenUsage {
    const prompt = textOfRequest(request);
    const before = this.prefixes.get(request.conversationId) ?? '';
    this.prefixes.delete(request.conversationId);
    this.prefixes.set(request.conversationId, prompt);
    const oldest = this.prefixes.keys().next();
    if (this.prefixes.size > CACHE_CAPACITY && !oldest.done) this.prefixes.delete(oldest.value);

    const input = estimateTokens(prompt);
    const shared = estimateTokens(prompt.slice(0, commonPrefix(before, prompt)));
    const cacheRead = shared < CACHE_MINIMUM ? 0 : shared;
    const fresh = input - cacheRead;
    const cacheWrite = input < CACHE_MINIMUM ? 0 : Math.max(0, fresh - 12);
    const output = Math.max(1, estimateTokens(text)) + toolUses * 40;
    return { input, cacheRead, cacheWrite, uncached: fresh - cacheWrite, output };
  }
}

function commonPrefix(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  let at = 0;
  while (at < end && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}

/** The text in pieces of about `TOKENS_PER_CHUNK` tokens, cut between words. */
function* pieces(text: string): Generator<string> {
  const size = text.length > 4000 ? TOKENS_PER_CHUNK * 16 : TOKENS_PER_CHUNK * 4;
  let from = 0;
  while (from < text.length) {
    const space = text.indexOf(' ', from + size);
    const to = space < 0 ? text.length : space + 1;
    yield text.slice(from, to);
    from = to;
  }
}

/** Around 1; `sigma` is the spread of the logarithm. */
function logNormal(random: Random, sigma: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.exp(sigma * normal);
}
