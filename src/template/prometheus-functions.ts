import { parseDuration } from '../base/duration';
import { unanchoredRegex } from '../domain/unanchored-regex';
import { toFloat, typed } from './function';
import type { FunctionMap, TemplateFunction } from './function';
import { escapeQuery } from './html';
import {
  humanize,
  humanize1024,
  humanizeDuration,
  humanizePercentage,
  humanizeTimestamp,
  toDuration,
  toTime,
} from './humanize';
import { SafeHtml, StringMap } from './values';

/** One result of `query`, as templates see it. */
export interface TemplateSample {
  readonly Labels: StringMap;
  /** A number, or a native histogram that prints itself. */
  readonly Value: unknown;
}

/** What Prometheus' functions need to know of the world. */
export interface PrometheusSurroundings {
  /** The evaluation instant, in seconds since the epoch. */
  readonly nowSeconds: number;
  /** Where the stack is reached from outside; empty when unknown. */
  readonly externalUrl: string;
  /** Runs a query at the evaluation instant. */
  query(expr: string): readonly TemplateSample[];
}

/** The functions of Prometheus' alert templates. */
export function prometheusFunctions(surroundings: PrometheusSurroundings): FunctionMap {
  return { ...PURE, ...worldFunctions(surroundings) };
}

/** Those of them whose result depends on the world. */
export function worldFunctions({ nowSeconds, externalUrl, query }: PrometheusSurroundings): FunctionMap {
  return {
    query: typed(['string'], (expr) => query(expr)),
    now: typed([], () => nowSeconds),
    pathPrefix: typed([], () => pathOf(externalUrl)),
    externalURL: typed([], () => externalUrl),
  };
}

const PURE: FunctionMap = pureFunctions();

function pureFunctions(): FunctionMap {
  return {
    first: typed(['any'], (vector) => {
      const samples = samplesOf(vector);
      if (samples[0] === undefined) throw new Error('first() called on vector with no elements');
      return samples[0];
    }),
    label: typed(['string', 'any'], (name, sample) => sampleOf(sample).Labels.get(name)),
    value: typed(['any'], (sample) => sampleOf(sample).Value),
    strvalue: typed(['any'], (sample) => sampleOf(sample).Labels.get('__value__')),
    args: (...args) => new Map(args.map((arg, index) => [`arg${index}`, arg])),
    sortByLabel: typed(['string', 'any'], (name, vector) =>
      [...samplesOf(vector)].sort((a, b) => {
        const [left, right] = [a.Labels.get(name), b.Labels.get(name)];
        return left < right ? -1 : left > right ? 1 : 0;
      }),
    ),
    reReplaceAll: typed(['string', 'string', 'string'], (pattern, replacement, text) =>
      unanchoredRegex(pattern).replaceAll(text, replacement),
    ),
    match: typed(['string', 'string'], (pattern, text) => unanchoredRegex(pattern).matches(text)),
    safeHtml: typed(['string'], (text) => new SafeHtml(text)),
    title: typed(['string'], (text) =>
      text.replace(
        /(^|[^\p{L}\p{N}'_])(\p{L})/gu,
        (_, before: string, letter: string) => before + letter.toUpperCase(),
      ),
    ),
    toUpper: typed(['string'], (text) => text.toUpperCase()),
    toLower: typed(['string'], (text) => text.toLowerCase()),
    graphLink: typed(['string'], (expr) => `/graph?g0.expr=${escapeQuery(expr)}&g0.tab=0`),
    tableLink: typed(['string'], (expr) => `/graph?g0.expr=${escapeQuery(expr)}&g0.tab=1`),
    stripPort: typed(['string'], (hostPort) => splitHostPort(hostPort)?.host ?? hostPort),
    stripDomain: typed(['string'], stripDomain),
    humanize: number(humanize),
    humanize1024: number(humanize1024),
    humanizeDuration: number(humanizeDuration),
    humanizePercentage: number(humanizePercentage),
    humanizeTimestamp: number(humanizeTimestamp),
    toTime: number(toTime),
    toDuration: number(toDuration),
    parseDuration: typed(['string'], (text) => parseDuration(text) / 1000),
    urlQueryEscape: typed(['string'], escapeQuery),
  };
}

function number(body: (value: number) => unknown): TemplateFunction {
  return typed(['any'], (value) => body(toFloat(value)));
}

function isSample(value: unknown): value is TemplateSample {
  return typeof value === 'object' && value !== null && 'Labels' in value && value.Labels instanceof StringMap;
}

function sampleOf(value: unknown): TemplateSample {
  if (!isSample(value)) throw new Error('wrong type for value; expected a sample');
  return value;
}

function samplesOf(value: unknown): readonly TemplateSample[] {
  if (!Array.isArray(value)) throw new Error('wrong type for value; expected a query result');
  return value.map(sampleOf);
}

function pathOf(url: string): string {
  try {
    const { pathname } = new URL(url);
    return pathname === '/' && !url.endsWith('/') ? '' : pathname;
  } catch {
    return '';
  }
}

/** Go's net.SplitHostPort; undefined where that fails. */
function splitHostPort(text: string): { host: string; port: string } | undefined {
  const bracketed = /^\[([^[\]]*)\]:([^:[\]]*)$/.exec(text);
  if (bracketed) return { host: bracketed[1] ?? '', port: bracketed[2] ?? '' };
  const plain = /^([^:[\]]*):([^:[\]]*)$/.exec(text);
  return plain ? { host: plain[1] ?? '', port: plain[2] ?? '' } : undefined;
}

function stripDomain(hostPort: string): string {
  const split = splitHostPort(hostPort);
  const host = split?.host ?? hostPort;
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(host) || host.includes(':')) return hostPort;
  const first = host.split('.')[0] ?? host;
  return split === undefined ? first : `${first}:${split.port}`;
}
