import { toProviderName } from '../domain/gen-ai';
import { completeUsage, isEmptyUsage } from '../domain/usage';
import type { TokenUsage } from '../domain/usage';
import { countAt, textAt, toObject, valueAt } from './payload';
import type { JsonObject } from './payload';
import { eventsOf, mergeUsage, respell, SPELLINGS } from './payload-body';
import { usageShapes } from './shapes';

/** What a provider's payload says about tokens, in one form for all providers. */
export interface NormalizedUsage {
  readonly usage: TokenUsage;
  /** The canonical provider name the payload was read for; empty when none was given. */
  readonly provider: string;
  /** The model the payload names; empty when it names none. */
  readonly model: string;
  /** The form the usage had, e.g. `anthropic`, `openai-chat`; empty when none was recognised. */
  readonly shape: string;
  /** Marks that change the price, joined by `+`: service tier, speed, batch, data residency; empty for the list price. */
  readonly tier: string;
  /** The provider's own total says that nothing came out, as embeddings do; their output is not counted. */
  readonly withoutOutput?: true;
  /** What the provider itself says the call cost, in US dollars. */
  readonly reportedCostUsd?: number;
  /** What did not add up, as sentences. */
  readonly problems: readonly string[];
}

type Path = readonly (string | number)[];

/** Where usage objects lie in a response body, a stream's event, a batch's line or a framework's result. */
const USAGE_PATHS: readonly Path[] = [
  ['usage'],
  ['usageMetadata'],
  ['usage_metadata'],
  ['totalUsage'],
  ['tokenUsage'],
  ['token_usage'],
  ['usage_info'],
  ['response', 'usage'],
  ['response', 'usageMetadata'],
  ['response', 'usage_metadata'],
  ['message', 'usage'],
  ['result', 'usage'],
  ['result', 'message', 'usage'],
  ['response', 'body', 'usage'],
  ['body', 'usage'],
  ['delta', 'usage'],
  ['data', 'usage'],
  ['metadata', 'usage'],
  ['x_groq', 'usage'],
  // Moonshot's streams.
  ['choices', 0, 'usage'],
  ['amazon-bedrock-invocationMetrics'],
  ['info', 'last_token_usage'],
  ['payload', 'info', 'last_token_usage'],
  ['response_metadata', 'token_usage'],
  ['response_metadata', 'usage'],
  ['llm_output', 'token_usage'],
  ['token_count'],
  ['payload', 'usage', 'text'],
  ['timings'],
  ['ResponseMetadata', 'HTTPHeaders'],
  ['meta'],
  ['metadata'],
  ['metrics'],
  ['details'],
];
const MODEL_PATHS: readonly (readonly string[])[] = [
  ['model'],
  ['modelVersion'],
  ['model_version'],
  ['modelId'],
  ['model_id'],
  ['model_name'],
  ['response', 'model'],
  ['response', 'modelVersion'],
  ['message', 'model'],
  ['result', 'model'],
  ['result', 'message', 'model'],
  ['response', 'body', 'model'],
  ['body', 'model'],
  ['data', 'model'],
  ['response_metadata', 'model_name'],
  ['response_metadata', 'model'],
  ['llm_output', 'model_name'],
];
const TIER_PATHS: readonly (readonly string[])[] = [
  ['service_tier'],
  ['serviceTier', 'type'],
  ['response', 'service_tier'],
  ['response', 'body', 'service_tier'],
  ['trafficType'],
];

/** Tiers at which the list price holds. */
const STANDARD: ReadonlySet<string> = new Set([
  'standard',
  'default',
  'auto',
  'on_demand',
  'global',
  'not_available',
  'traffic_type_unspecified',
]);

/**
 * Reads a provider's usage: a whole response body, a stream (its events in a list, or its text), or the bare usage
 * object. Of a stream's counts the last said of each counts. Pure; never throws. What is not reported stays undefined.
 * @param provider the provider's name in any common spelling; empty when unknown.
 */
export function normalizeUsage(provider: string, payload: unknown): NormalizedUsage {
  const canonical = toProviderName(provider);
  const written = eventsOf(payload);
  // As it is written; then as SDKs of other languages spell it, `PromptTokens` or `billedUnits`.
  for (const events of [written, ...SPELLINGS.map((spell) => written.map((event) => respell(event, spell)))]) {
    const read = readEvents(events, canonical);
    if (read !== undefined) return read;
  }
  const model = lastOf(written, modelOf) ?? '';
  return { usage: {}, provider: canonical, model, shape: '', tier: '', problems: ['no usage was found'] };
}

/** Undefined when nothing in the events is usage. */
function readEvents(events: readonly JsonObject[], canonical: string): NormalizedUsage | undefined {
  const model = lastOf(events, modelOf) ?? '';
  const usage = events.map((event) => usageOf(event, canonical)).reduce(mergeUsage, {});
  const shape = usageShapes.find((known) => known.recognises(usage, canonical));
  const { usage: complete, problems } = completeUsage(shape?.read(usage, canonical) ?? {});
  if (shape === undefined || isEmptyUsage(complete)) return undefined;
  const total = shape.total?.(usage, canonical);
  const withoutOutput = complete.output === undefined && complete.input !== undefined && total === complete.input;
  const cost = lastOf(events, (event) => reportedCost(usage, event));
  return {
    usage: complete,
    provider: canonical,
    model,
    shape: shape.name,
    tier: lastOf(events, (event) => tierOf(event, usage)) ?? '',
    ...(withoutOutput ? { withoutOutput } : {}),
    ...(cost === undefined ? {} : { reportedCostUsd: cost }),
    problems: [...problems, ...totalProblem(complete, total)],
  };
}

/** The object of an event that holds usage; an empty one when none does. */
function usageOf(event: JsonObject, provider: string): JsonObject {
  for (const usage of candidates(event)) {
    const shape = usageShapes.find((known) => known.recognises(usage, provider));
    if (shape !== undefined && !isEmptyUsage(completeUsage(shape.read(usage, provider)).usage)) return usage;
  }
  return {};
}

/** The objects that may hold the usage, the likeliest first. */
function* candidates(body: JsonObject): Generator<JsonObject> {
  for (const path of USAGE_PATHS) {
    const found = toObject(valueAt(body, ...path));
    if (found !== undefined && Object.keys(found).length > 0) yield found;
  }
  yield body;
  for (const path of [['data'], ['results', 0]]) {
    const found = toObject(valueAt(body, ...path));
    if (found !== undefined) yield found;
  }
}

function modelOf(body: JsonObject): string | undefined {
  return MODEL_PATHS.map((path) => textAt(body, ...path)).find((text) => text !== undefined);
}

/** The marks of an event, joined; undefined when it has none. */
function tierOf(body: JsonObject, usage: JsonObject): string | undefined {
  const written = [usage, body].flatMap((from) => TIER_PATHS.map((path) => textAt(from, ...path)));
  const tier = written.find((text) => text !== undefined)?.toLowerCase();
  const speed = textAt(usage, 'speed')?.toLowerCase();
  const region = textAt(usage, 'inference_geo')?.toLowerCase();
  const marks = [tier, speed, region].filter((mark) => mark !== undefined && !STANDARD.has(mark));
  return marks.length === 0 ? undefined : marks.map((mark) => mark?.replace(/^on_demand_/, '')).join('+');
}

function reportedCost(usage: JsonObject, body: JsonObject): number | undefined {
  const dollars = countAt(
    usage,
    ['cost'],
    ['cost', 'total_cost'],
    ['cost_usd'],
    ['total_cost'],
    ['costUSD'],
    ['estimated_cost'],
  );
  if (dollars !== undefined) return dollars;
  const ticks = countAt(usage, ['cost_in_usd_ticks']);
  if (ticks !== undefined) return ticks / 1e10;
  return countAt(
    body,
    ['cost_usd'],
    ['total_cost_usd'],
    ['response_cost'],
    ['_hidden_params', 'response_cost'],
    ['providerMetadata', 'gateway', 'cost'],
    ['provider_metadata', 'gateway', 'cost'],
  );
}

function totalProblem(usage: TokenUsage, total: number | undefined): string[] {
  if (total === undefined || usage.input === undefined) return [];
  const sum = usage.input + (usage.output ?? 0);
  return sum === total ? [] : [`the provider's total is ${total}, but input and output are ${sum}`];
}

function lastOf<T>(events: readonly JsonObject[], read: (event: JsonObject) => T | undefined): T | undefined {
  for (const event of events.toReversed()) {
    const found = read(event);
    if (found !== undefined) return found;
  }
  return undefined;
}
