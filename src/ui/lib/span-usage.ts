import { formatSeconds, formatUsd } from './format';
import { colorOf } from './theme';
import type { Theme } from './theme';
import type { SpanNode } from './trace-model';

/** What the bars of a waterfall stand for. */
export const BAR_MODES = ['time', 'cost', 'tokens'] as const;
export type BarMode = (typeof BAR_MODES)[number];

/** What spans can be coloured by. */
export const COLOR_MODES = ['service', 'operation', 'model', 'stage', 'cost', 'cache hit'] as const;

const UNKNOWN = '#8894a0';
/** From little to much; told apart in lightness too. */
const RAMP: Readonly<Record<Theme, readonly string[]>> = {
  dark: ['#4b6cb7', '#3f9fb5', '#46c08b', '#b6d849', '#fde725'],
  light: ['#93a8d6', '#4f93a8', '#2b7d63', '#8a5a00', '#7a1f5c'],
};

type AttributeTexts = Readonly<Record<string, string>>;

/** US dollars that one span says it cost; undefined when it says nothing. */
export function costOf(attributes: AttributeTexts): number | undefined {
  return numberOf(attributes, 'gen_ai.usage.cost.amount', 'telltale.cost_usd', 'gen_ai.usage.cost');
}

/** Input and output tokens of one span; undefined when neither was reported. */
export function tokensOf(attributes: AttributeTexts): number | undefined {
  const input = numberOf(attributes, 'gen_ai.usage.input_tokens');
  const output = numberOf(attributes, 'gen_ai.usage.output_tokens');
  return input === undefined && output === undefined ? undefined : (input ?? 0) + (output ?? 0);
}

/** The share of the input that was read from the cache, 0 to 1. */
export function cacheShareOf(attributes: AttributeTexts): number | undefined {
  const input = numberOf(attributes, 'gen_ai.usage.input_tokens');
  const read = numberOf(attributes, 'gen_ai.usage.cache_read.input_tokens');
  return input === undefined || input === 0 || read === undefined ? undefined : Math.min(1, read / input);
}

/** The first of the attributes that is a number. */
export function numberOf(attributes: AttributeTexts, ...keys: readonly string[]): number | undefined {
  for (const key of keys) {
    const value = Number(attributes[key] ?? NaN);
    if (Number.isFinite(value)) return value;
  }
  return undefined;
}

/** What a bar stands for; undefined when the span reports nothing of the kind. */
export function measureOf(node: SpanNode, mode: BarMode): number | undefined {
  return mode === 'time' ? node.duration : mode === 'cost' ? costOf(node.attributes) : tokensOf(node.attributes);
}

/** What a bar stands for, as people read it. */
export function measureText(value: number | undefined, mode: BarMode): string {
  if (value === undefined) return '–';
  return mode === 'time'
    ? formatSeconds(value / 1e6)
    : mode === 'cost'
      ? formatUsd(value)
      : Math.round(value).toLocaleString('en-US');
}

/** The colour of a span's bar. @param mostCost the dearest span of the trace, the end of the ramp. */
export function colorOfSpan(node: SpanNode, by: string, theme: Theme, mostCost: number): string {
  if (by === 'cost') return rampColor(share(costOf(node.attributes), mostCost), theme);
  if (by === 'cache hit') return rampColor(cacheShareOf(node.attributes), theme);
  const key =
    by === 'operation'
      ? node.name
      : by === 'model'
        ? (node.attributes['gen_ai.request.model'] ?? '')
        : by === 'stage'
          ? (node.attributes['telltale.stage'] ?? '')
          : node.service;
  return key === '' ? UNKNOWN : colorOf(key, theme);
}

/** Microseconds of a trace that were not spent on waiting for a person; overlapping waits count once. */
export function durationWithoutWaits(all: readonly SpanNode[], duration: number): number {
  const waits = all.filter((node) => node.waiting).sort((a, b) => a.start - b.start);
  let waited = 0;
  let until = -Infinity;
  for (const { start, duration: length } of waits) {
    const end = start + length;
    waited += Math.max(0, end - Math.max(start, until));
    until = Math.max(until, end);
  }
  return Math.max(0, duration - waited);
}

function share(value: number | undefined, most: number): number | undefined {
  return value === undefined || most <= 0 ? undefined : value / most;
}

function rampColor(value: number | undefined, theme: Theme): string {
  if (value === undefined) return UNKNOWN;
  const ramp = RAMP[theme];
  return ramp[Math.min(ramp.length - 1, Math.floor(value * ramp.length))] ?? UNKNOWN;
}
