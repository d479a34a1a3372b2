import { BadInputError } from '../../base/errors';
import { parseDuration } from '../../base/duration';
import type { CounterResetHint, NativeHistogram } from '../../domain/histogram';
import { CUSTOM_BUCKETS_SCHEMA } from '../../domain/histogram';
import { Labels, METRIC_NAME } from '../../domain/labels';
import { combine, IncompatibleSchemaError } from '../histogram/arithmetic';
import { FloatHistogram } from '../histogram/float-histogram';
import { unquote } from '../syntax/strings';

/** One place of a series' notation: a sample, or none. */
export interface NotedSample {
  /** Nothing at this place. */
  readonly omitted: boolean;
  readonly value: number;
  readonly histogram: NativeHistogram | undefined;
  readonly stale: boolean;
  /** The notation names the histogram's reset hint, so it matters. */
  readonly hintGiven: boolean;
}

/** A series as test scripts write it. */
export interface NotedSeries {
  readonly labels: Labels;
  readonly samples: readonly NotedSample[];
}

const OMITTED: NotedSample = { omitted: true, value: NaN, histogram: undefined, stale: false, hintGiven: false };

/** Reads `name{label="value"} 0+1x5 _ stale {{schema:0 …}}`. @throws BadInputError */
export function parseNotedSeries(line: string): NotedSeries {
  const { labels, rest } = splitLabels(line);
  return { labels, samples: parseNotedSamples(rest) };
}

/** Cuts the labels off a series line. @throws BadInputError */
export function splitLabels(line: string): { labels: Labels; rest: string } {
  const text = line.trimStart();
  const name = /^[\p{L}_:][\p{L}\p{N}_:.]*/u.exec(text)?.[0] ?? '';
  let at = name.length;
  const brace = /^\s*\{(?!\{)/.exec(text.slice(at));
  const pairs = new Map<string, string>();
  if (name !== '') pairs.set(METRIC_NAME, name);
  if (brace !== null) {
    at += brace[0].length;
    const label =
      /\s*(?:([\p{L}_][\p{L}\p{N}_.]*)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'))\s*(?:=\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`))?\s*(,|(?=\}))/uy;
    for (;;) {
      const end = /^\s*\}/.exec(text.slice(at));
      if (end !== null) {
        at += end[0].length;
        break;
      }
      label.lastIndex = at;
      const match = label.exec(text);
      if (match === null) throw new BadInputError(`bad labels in series "${line}"`);
      const [whole, bare, quoted, value] = match;
      const key = bare ?? textOfQuoted(quoted ?? '""');
      if (value === undefined) pairs.set(METRIC_NAME, key);
      else pairs.set(key, textOfQuoted(value));
      at += whole.length;
    }
  }
  if (at === 0) throw new BadInputError(`bad series "${line}"`);
  return { labels: Labels.of(pairs), rest: text.slice(at) };
}

function textOfQuoted(quoted: string): string {
  const text = unquote(quoted);
  if (typeof text !== 'string') throw new BadInputError(`${text.reason} in ${quoted}`);
  return text;
}

const NUMBER = String.raw`(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|[iI]nf|[nN]a[nN])`;
const FLOATS = new RegExp(String.raw`^([+-]?${NUMBER})(?:([+-]${NUMBER})?x(\d+))?$`);

/** Reads the places of a series. @throws BadInputError */
export function parseNotedSamples(text: string): NotedSample[] {
  const samples: NotedSample[] = [];
  for (const item of text.match(/(?:\{\{.*?\}\}|\S)+/g) ?? []) samples.push(...parseItem(item));
  return samples;
}

function parseItem(item: string): NotedSample[] {
  const blank = /^_(?:x(\d+))?$/.exec(item);
  if (blank !== null) return new Array<NotedSample>(Number(blank[1] ?? 1)).fill(OMITTED);
  const stale = /^stale(?:x(\d+))?$/.exec(item);
  if (stale !== null) {
    const sample: NotedSample = { ...OMITTED, omitted: false, stale: true };
    return new Array<NotedSample>(stale[1] === undefined ? 1 : Number(stale[1]) + 1).fill(sample);
  }
  if (item.startsWith('{{')) return parseHistograms(item);
  const match = FLOATS.exec(item);
  if (match === null) throw new BadInputError(`"${item}" is not a sample, nor a run of samples`);
  const [, first = '', increment, times] = match;
  const count = times === undefined ? 1 : Number(times) + 1;
  const by = increment === undefined ? 0 : toNumber(increment);
  let value = toNumber(first);
  const samples: NotedSample[] = [];
  for (let i = 0; i < count; i++) {
    samples.push({ omitted: false, value, histogram: undefined, stale: false, hintGiven: false });
    value += by;
  }
  return samples;
}

function toNumber(text: string): number {
  const lower = text.toLowerCase();
  if (lower.endsWith('inf')) return lower.startsWith('-') ? -Infinity : Infinity;
  if (lower.endsWith('nan')) return NaN;
  return Number(text);
}

function parseHistograms(item: string): NotedSample[] {
  const match = /^(\{\{.*?\}\})(?:([+-])(\{\{.*?\}\}))?(?:x(\d+))?$/.exec(item);
  if (match === null) throw new BadInputError(`"${item}" is not a histogram, nor a run of histograms`);
  const [, first = '', sign, increment, times] = match;
  const start = parseHistogram(first);
  const by = increment === undefined ? undefined : parseHistogram(increment);
  const hintGiven = (by ?? start).hintGiven;
  const count = times === undefined ? 1 : Number(times) + 1;
  const samples: NotedSample[] = [];
  let current = start.histogram;
  for (let i = 0; i < count; i++) {
    if (i > 0 && by !== undefined) {
      current = current.copy();
      try {
        combine(current, by.histogram, sign === '-' ? -1 : 1);
      } catch (error) {
        if (!(error instanceof IncompatibleSchemaError)) throw error;
        throw new BadInputError(`histograms of "${item}" cannot be combined`, { cause: error });
      }
    }
    samples.push({ omitted: false, value: NaN, histogram: current.toNative(), stale: false, hintGiven });
  }
  return samples;
}

const HINTS: readonly CounterResetHint[] = ['unknown', 'reset', 'not_reset', 'gauge'];

function parseHistogram(text: string): { histogram: FloatHistogram; hintGiven: boolean } {
  const fields = new Map<string, string>();
  for (const match of text.slice(2, -2).matchAll(/([a-z_]+):(\[[^\]]*\]|\S+)/g))
    fields.set(match[1] ?? '', match[2] ?? '');
  const number = (key: string): number => toNumber(fields.get(key) ?? '0');
  const list = (key: string): number[] =>
    (fields.get(key) ?? '[]').slice(1, -1).split(/\s+/).filter(Boolean).map(toNumber);
  const histogram = new FloatHistogram();
  histogram.schema = number('schema');
  histogram.sum = number('sum');
  histogram.count = number('count');
  histogram.zeroCount = number('z_bucket');
  histogram.zeroThreshold = number('z_bucket_w');
  if (histogram.schema === CUSTOM_BUCKETS_SCHEMA) histogram.customValues = list('custom_values');
  for (const [side, prefix] of [
    ['positive', ''],
    ['negative', 'n_'],
  ] as const) {
    const counts = list(`${prefix}buckets`);
    const offset = number(`${prefix}offset`);
    histogram[side] = { index: counts.map((_, i) => offset + i), counts };
  }
  const hint = fields.get('counter_reset_hint');
  const known = HINTS.find((name) => name === hint);
  if (hint !== undefined && known === undefined) throw new BadInputError(`unknown counter_reset_hint "${hint}"`);
  histogram.hint = known ?? 'unknown';
  return { histogram, hintGiven: hint !== undefined };
}

/** Reads the offsets of start times: durations, `_`, runs `-1mx5` and `-1m+10sx3`; undefined where none. @throws BadInputError */
export function parseStartOffsets(text: string): (number | undefined)[] {
  const offsets: (number | undefined)[] = [];
  for (const item of text.split(/\s+/).filter(Boolean)) {
    const blank = /^_(?:x(\d+))?$/.exec(item);
    if (blank !== null) {
      offsets.push(...new Array<undefined>(Number(blank[1] ?? 1)).fill(undefined));
      continue;
    }
    const match = /^([+-]?)((?:\d+(?:ms|[smhdwy]))+|0)(?:([+-])((?:\d+(?:ms|[smhdwy]))+))?(?:x(\d+))?$/.exec(item);
    if (match === null) throw new BadInputError(`"${item}" is not a start time's offset`);
    const [, sign, first = '0', stepSign, step, times] = match;
    let offset = parseDuration(first) * (sign === '-' ? -1 : 1);
    const by = step === undefined ? 0 : parseDuration(step) * (stepSign === '-' ? -1 : 1);
    const count = times === undefined ? 1 : Number(times) + 1;
    for (let i = 0; i < count; i++, offset += by) offsets.push(offset);
  }
  return offsets;
}
