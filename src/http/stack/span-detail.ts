import { attributeToText } from '../../domain/attributes';
import type { OutlineSpan, SpanDetailBody, TokenPartBody } from '../../contracts/trace-search';
import { GEN_AI, TELLTALE } from '../../domain/gen-ai';
import { serviceNameOf } from '../../domain/resource';
import { durationNano } from '../../domain/span';
import type { Span } from '../../domain/span';
import type { TokenUsage } from '../../domain/usage';
import { contentOf, withoutContent } from './content';
import { isModelCall, numberOf } from './trace-facts';

/** What a usage costs by list price. */
export interface UsagePrices {
  /** @returns US dollars with the price list's `name@version`, or why there is no price. */
  price(
    usage: TokenUsage,
    provider: string,
    model: string,
    at: number,
    tier: string,
  ): { readonly usd: number; readonly catalog: string } | { readonly reason: string };
}

/** Attributes that a waterfall colours by, measures or is searched by. */
const OUTLINE_KEYS: readonly string[] = [
  GEN_AI.operationName,
  GEN_AI.requestModel,
  GEN_AI.responseModel,
  GEN_AI.conversationId,
  GEN_AI.inputTokens,
  GEN_AI.outputTokens,
  GEN_AI.cacheReadTokens,
  GEN_AI.costAmount,
  GEN_AI.responseTimeToFirstChunk,
  GEN_AI.toolName,
  GEN_AI.toolCallId,
  'gen_ai.server.time_to_first_token',
  'ttft_ms',
  'telltale.stage',
  TELLTALE.synthetic,
  'error.type',
];

/** What the waterfall draws of a span. */
export function toOutlineSpan(span: Span, warnings: readonly string[]): OutlineSpan {
  const attributes: Record<string, string> = {};
  for (const key of OUTLINE_KEYS) {
    const value = span.attributes[key];
    if (value !== undefined) attributes[key] = attributeToText(value);
  }
  return {
    id: span.spanId,
    parent: span.parentSpanId,
    name: span.name,
    service: serviceNameOf(span.resource),
    kind: span.kind,
    start: toMicros(span.startUnixNano),
    duration: toMicros(durationNano(span)),
    failed: span.status.code === 'error',
    running: span.endUnixNano === 0n,
    retries: span.events.filter(({ name }) => /retry/i.test(name)).map((event) => toMicros(event.timeUnixNano)),
    attributes,
    warnings,
  };
}

/** A span whole, but for what was said and done. */
export function toSpanDetail(span: Span, prices: UsagePrices): SpanDetailBody {
  const withheld = Object.entries(contentOf(span)).map(([key, text]) => ({
    key,
    characters: text.length,
    redactions: text.split('[redacted:').length - 1,
  }));
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    attributes: withoutContent(span.attributes),
    resource: withoutContent(span.resource.attributes),
    scope: { name: span.scope.name, version: span.scope.version },
    statusMessage: span.status.message,
    events: span.events.map((event) => ({
      at: toMicros(event.timeUnixNano),
      name: event.name,
      attributes: withoutContent(event.attributes),
    })),
    links: span.links.map(({ traceId, spanId }) => ({ traceId, spanId })),
    dropped: {
      attributes: span.droppedAttributesCount,
      events: span.droppedEventsCount,
      links: span.droppedLinksCount,
    },
    withheld,
    usage: toUsage(span, prices),
  };
}

/** Tokens by class, each with its price where the list's price of the parts adds up to the price of the whole. */
function toUsage(span: Span, prices: UsagePrices): SpanDetailBody['usage'] {
  const input = numberOf(span, GEN_AI.inputTokens);
  const output = numberOf(span, GEN_AI.outputTokens);
  if (!isModelCall(span) || (input === undefined && output === undefined)) return null;
  const cacheRead = numberOf(span, GEN_AI.cacheReadTokens);
  const cacheWrite = numberOf(span, GEN_AI.cacheWriteTokens) ?? numberOf(span, GEN_AI.cacheCreationTokens);
  const reasoning = numberOf(span, GEN_AI.reasoningTokens);
  const uncached = input === undefined ? undefined : Math.max(0, input - (cacheRead ?? 0) - (cacheWrite ?? 0));
  const provider = text(span, GEN_AI.providerName) || text(span, 'gen_ai.system');
  const model = text(span, GEN_AI.responseModel) || text(span, GEN_AI.requestModel);
  const tier = ['', 'standard', 'default'].includes(text(span, 'gen_ai.openai.response.service_tier'))
    ? ''
    : text(span, 'gen_ai.openai.response.service_tier');
  const at = Number(span.startUnixNano / 1_000_000n);
  const priced = (usage: TokenUsage): number | null => {
    const found = prices.price(usage, provider, model, at, tier);
    return 'usd' in found ? found.usd : null;
  };
  const whole: TokenUsage = {
    ...(input === undefined ? {} : { input, uncached: uncached ?? 0 }),
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    ...(output === undefined ? {} : { output }),
    ...(reasoning === undefined ? {} : { reasoning }),
  };
  const total = prices.price(whole, provider, model, at, tier);
  const parts: TokenPartBody[] = [
    part('uncached', uncached, (tokens) => priced({ input: tokens, uncached: tokens, output: 0 })),
    part('cache read', cacheRead, (tokens) => priced({ input: tokens, uncached: 0, cacheRead: tokens, output: 0 })),
    part('cache write', cacheWrite, (tokens) => priced({ input: tokens, uncached: 0, cacheWrite: tokens, output: 0 })),
    part('output', output === undefined ? undefined : output - (reasoning ?? 0), (tokens) =>
      priced({ input: 0, uncached: 0, output: tokens }),
    ),
    ...(reasoning === undefined
      ? []
      : [
          part('reasoning', reasoning, (tokens) =>
            priced({ input: 0, uncached: 0, output: tokens, reasoning: tokens }),
          ),
        ]),
  ];
  const usd = 'usd' in total ? total.usd : null;
  const sum = parts.reduce((all, each) => all + (each.usd ?? 0), 0);
  // A list that charges long contexts more prices a part differently alone: then only the whole is told.
  const addsUp = usd !== null && Math.abs(sum - usd) <= usd * 0.005 + 1e-9;
  return {
    parts: addsUp ? parts : parts.map((each) => ({ ...each, usd: null })),
    usd,
    catalog: 'catalog' in total ? total.catalog : '',
    reason: 'reason' in total ? total.reason : '',
  };
}

function part(
  name: TokenPartBody['name'],
  tokens: number | undefined,
  price: (tokens: number) => number | null,
): TokenPartBody {
  return { name, tokens: tokens ?? null, usd: tokens === undefined ? null : tokens === 0 ? 0 : price(tokens) };
}

function text(span: Span, key: string): string {
  const value = span.attributes[key];
  return value === undefined ? '' : attributeToText(value);
}

function toMicros(nano: bigint): number {
  return Number(nano / 1000n);
}
