/** Kinds of OpenTelemetry metrics that differ in their Prometheus name. */
export type MetricKind = 'counter' | 'gauge' | 'histogram';

const UNITS: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  TiBy: 'tibibytes',
  KBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  TBy: 'terabytes',
  m: 'meters',
  V: 'volts',
  A: 'amperes',
  J: 'joules',
  W: 'watts',
  g: 'grams',
  Cel: 'celsius',
  Hz: 'hertz',
  '%': 'percent',
  '1': '',
};

const PER: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  mo: 'month',
  y: 'year',
};

/**
 * The name under which the Collector and Prometheus show an OpenTelemetry metric (otlptranslator,
 * UnderscoreEscapingWithSuffixes): our metrics have it from the start, so that a query works on either way in.
 */
export function prometheusName(name: string, unit: string, kind: MetricKind): string {
  const tokens = tokensOf(name);
  const [main = '', per = ''] = unit.split('/', 2);
  for (const word of [unitWord(main, UNITS), per === '' ? '' : perWord(per)]) {
    for (const token of tokensOf(word)) if (token !== 'per' && !tokens.includes(token)) pushUnit(tokens, word, token);
  }
  if (kind === 'counter') {
    const rest = tokens.filter((token) => token !== 'total');
    return leading([...rest, 'total'].join('_'));
  }
  if (kind === 'gauge' && unit === '1' && !tokens.includes('ratio')) tokens.push('ratio');
  return leading(tokens.join('_'));
}

function pushUnit(tokens: string[], word: string, token: string): void {
  if (word.startsWith('per_')) tokens.push('per');
  tokens.push(token);
}

function unitWord(unit: string, words: Readonly<Record<string, string>>): string {
  if (/[{}]/.test(unit)) return '';
  return words[unit] ?? unit;
}

function perWord(unit: string): string {
  const word = unitWord(unit, PER);
  return word === '' ? '' : `per_${word}`;
}

function tokensOf(text: string): string[] {
  return text.split(/[^a-zA-Z0-9:]+/).filter((token) => token !== '');
}

function leading(name: string): string {
  return /^\d/.test(name) ? `_${name}` : name;
}
