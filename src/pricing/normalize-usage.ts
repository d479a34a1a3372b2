import { toProviderName } from '../domain/gen-ai';
import { completeUsage, isEmptyUsage } from '../domain/usage';
import type { TokenUsage } from '../domain/usage';
import { countAt, textAt, toObject, valueAt } from './payload';
import type { JsonObject } from './payload';
import { usageShapes } from './usage-shapes';

/** What a provider's payload says about tokens, in one form for all providers. */
export interface NormalizedUsage {
  readonly usage: TokenUsage;
  /** The canonical provider name the payload was read for; empty when none was given. */
  readonly provider: string;
  /** The model the payload names; empty when it names none. */
  readonly model: string;
  /** The form the usage had, e.g. `anthropic`, `openai-chat`; empty when none was recognised. */
  readonly shape: string;
  /** Service tier, speed or batch mark; empty when none. */
  readonly tier: string;
  /** What the provider itself says the call cost, in US dollars. */
  readonly reportedCostUsd?: number;
  /** What did not add up, as sentences. */
  readonly problems: readonly string[];
}

/** Where usage objects lie in a response body, a stream's last event or a batch's line. */
const USAGE_PATHS: readonly (readonly (string | number)[])[] = [
  ['usage'],
  ['usageMetadata'],
  ['usage_metadata'],
  ['tokenUsage'],
  ['usage_info'],
  ['response', 'usage'],
  ['message', 'usage'],
  ['result', 'usage'],
  ['response', 'body', 'usage'],
  ['body', 'usage'],
  ['metadata', 'usage'],
  ['x_groq', 'usage'],
  ['meta'],
  ['metrics'],
];
const MODEL_PATHS: readonly (readonly string[])[] = [
  ['model'],
  ['modelVersion'],
  ['model_version'],
  ['modelId'],
  ['response', 'model'],
  ['message', 'model'],
  ['result', 'model'],
  ['response', 'body', 'model'],
  ['body', 'model'],
];

/**
 * Reads a provider's usage: a whole response body, the last event of a stream, or the bare usage object.
 * Pure; never throws. What is not reported stays undefined.
 * @param provider the provider's name in any common spelling; empty when unknown.
 */
export function normalizeUsage(provider: string, payload: unknown): NormalizedUsage {
  const canonical = toProviderName(provider);
  const body = toObject(payload) ?? {};
  const model = MODEL_PATHS.map((path) => textAt(body, ...path)).find((text) => text !== undefined) ?? '';
  for (const usage of candidates(body)) {
    const shape = usageShapes.find((known) => known.recognises(usage, canonical));
    if (shape === undefined) continue;
    const { usage: complete, problems } = completeUsage(shape.read(usage, canonical));
    if (isEmptyUsage(complete)) continue;
    const total = shape.total?.(usage) ?? (shape.name === 'openai-chat' ? countAt(usage, ['total_tokens']) : undefined);
    const cost = reportedCost(usage, body);
    return {
      usage: complete,
      provider: canonical,
      model,
      shape: shape.name,
      tier: tierOf(body, usage),
      ...(cost === undefined ? {} : { reportedCostUsd: cost }),
      problems: [...problems, ...totalProblem(complete, total)],
    };
  }
  return { usage: {}, provider: canonical, model, shape: '', tier: '', problems: ['no usage was found'] };
}

/** The objects that may hold the usage, the likeliest first. */
function* candidates(body: JsonObject): Generator<JsonObject> {
  for (const path of USAGE_PATHS) {
    const found = toObject(valueAt(body, ...path));
    if (found !== undefined && Object.keys(found).length > 0) yield found;
  }
  yield body;
  const result = toObject(valueAt(body, 'results', 0));
  if (result !== undefined) yield result;
}

function tierOf(body: JsonObject, usage: JsonObject): string {
  const written =
    textAt(usage, 'service_tier') ??
    textAt(body, 'service_tier') ??
    textAt(body, 'response', 'service_tier') ??
    textAt(body, 'message', 'usage', 'service_tier');
  const speed = textAt(usage, 'speed');
  if (speed !== undefined && speed !== 'standard') return speed;
  return written === undefined || ['standard', 'default', 'auto', 'on_demand'].includes(written) ? '' : written;
}

function reportedCost(usage: JsonObject, body: JsonObject): number | undefined {
  const dollars = countAt(usage, ['cost'], ['cost', 'total_cost'], ['cost_usd'], ['total_cost']);
  if (dollars !== undefined) return dollars;
  const ticks = countAt(usage, ['cost_in_usd_ticks']);
  return ticks === undefined ? countAt(body, ['cost_usd'], ['total_cost_usd']) : ticks / 1e10;
}

function totalProblem(usage: TokenUsage, total: number | undefined): string[] {
  if (total === undefined || usage.input === undefined) return [];
  const sum = usage.input + (usage.output ?? 0);
  return sum === total ? [] : [`the provider's total is ${total}, but input and output are ${sum}`];
}
