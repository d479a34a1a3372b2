/** How OTLP names become series names; as Prometheus' `translation_strategy`. */
export const TRANSLATIONS = [
  'underscore-escaping-with-suffixes',
  'underscore-escaping-without-suffixes',
  'no-utf8-escaping-with-suffixes',
  'no-translation',
] as const;
export type Translation = (typeof TRANSLATIONS)[number];

/** What the suffixes of a name depend on. */
export type MetricKind = 'gauge' | 'counter' | 'up-down-counter' | 'histogram' | 'summary';

const UNITS: ReadonlyMap<string, string> = new Map([
  ['d', 'days'],
  ['h', 'hours'],
  ['min', 'minutes'],
  ['s', 'seconds'],
  ['ms', 'milliseconds'],
  ['us', 'microseconds'],
  ['ns', 'nanoseconds'],
  ['By', 'bytes'],
  ['KiBy', 'kibibytes'],
  ['MiBy', 'mebibytes'],
  ['GiBy', 'gibibytes'],
  ['TiBy', 'tibibytes'],
  ['KBy', 'kilobytes'],
  ['MBy', 'megabytes'],
  ['GBy', 'gigabytes'],
  ['TBy', 'terabytes'],
  ['m', 'meters'],
  ['V', 'volts'],
  ['A', 'amperes'],
  ['J', 'joules'],
  ['W', 'watts'],
  ['g', 'grams'],
  ['Cel', 'celsius'],
  ['Hz', 'hertz'],
  ['1', ''],
  ['%', 'percent'],
]);

const PER_UNITS: ReadonlyMap<string, string> = new Map([
  ['s', 'second'],
  ['m', 'minute'],
  ['h', 'hour'],
  ['d', 'day'],
  ['w', 'week'],
  ['mo', 'month'],
  ['y', 'year'],
]);

/** The series name of an OTLP metric, without the suffixes of its parts (`_bucket` …). Follows otlptranslator 1.0. */
export function translateMetricName(name: string, unit: string, kind: MetricKind, translation: Translation): string {
  switch (translation) {
    case 'underscore-escaping-with-suffixes':
      return withLeadingLetter(escapedTokens(name, unit, kind).join('_'));
    case 'underscore-escaping-without-suffixes':
      return withLeadingLetter(
        name
          .split(/[^a-zA-Z0-9:_]+/)
          .filter((part) => part !== '')
          .join('_'),
      );
    case 'no-utf8-escaping-with-suffixes':
      return withSuffixes(name, unit, kind);
    case 'no-translation':
      return name;
  }
}

/** The unit as Prometheus' metadata has it: `s` is `seconds`, `By/s` is `bytes_per_second`. */
export function translateUnit(unit: string): string {
  const { main, per } = unitWords(unit);
  return [cleanUnit(main), per === '' ? '' : `per_${cleanUnit(per)}`].filter((part) => part !== '').join('_');
}

/** The label name of an attribute key. */
export function translateLabelName(key: string, translation: Translation): string {
  if (translation === 'no-utf8-escaping-with-suffixes' || translation === 'no-translation') return key;
  if (key === '') return key;
  const escaped = key.replace(/[^a-zA-Z0-9_]/gu, '_');
  const reserved = escaped.startsWith('__');
  const collapsed = escaped.replace(/_+/g, '_');
  if (reserved) return `_${collapsed}${escaped.endsWith('__') && escaped.length > 4 ? '_' : ''}`;
  return /^[0-9]/.test(collapsed) ? `key_${collapsed}` : collapsed;
}

function escapedTokens(name: string, unit: string, kind: MetricKind): string[] {
  let tokens = name.split(/[^a-zA-Z0-9:]+/).filter((token) => token !== '');
  const words = unitWords(unit);
  const main = cleanUnit(words.main);
  const per = cleanUnit(words.per);
  if (main !== '' && !tokens.includes(main)) tokens.push(main);
  if (per !== '' && !tokens.includes(per)) tokens.push('per', per);
  if (kind === 'counter') tokens = [...tokens.filter((token) => token !== 'total'), 'total'];
  if (kind === 'gauge' && unit === '1') tokens = [...tokens.filter((token) => token !== 'ratio'), 'ratio'];
  return tokens;
}

function withSuffixes(name: string, unit: string, kind: MetricKind): string {
  const { main, per } = unitWords(unit);
  let stem = name;
  const suffixes: string[] = [];
  if (kind === 'gauge' && unit === '1') {
    stem = withoutSuffix(stem, 'ratio');
    suffixes.unshift('ratio');
  }
  if (kind === 'counter') {
    stem = withoutSuffix(stem, 'total');
    suffixes.unshift('total');
  }
  if (per !== '') {
    stem = withoutSuffix(stem, `per_${per}`);
    suffixes.unshift(`per_${per}`);
  }
  if (main !== '') {
    stem = withoutSuffix(stem, main);
    suffixes.unshift(main);
  }
  return [stem, ...suffixes].join('_');
}

function withoutSuffix(name: string, suffix: string): string {
  if (!name.endsWith(suffix) || name.length <= suffix.length + 1) return name;
  const stem = name.slice(0, -suffix.length);
  return /[^a-zA-Z0-9]$/.test(stem) ? stem.slice(0, -1) : name;
}

/** The words of `main/per`; a part in braces is an annotation and says nothing. */
function unitWords(unit: string): { main: string; per: string } {
  const slash = unit.indexOf('/');
  const main = (slash < 0 ? unit : unit.slice(0, slash)).trim();
  const per = slash < 0 ? '' : unit.slice(slash + 1).trim();
  return {
    main: /[{}]/.test(main) ? '' : (UNITS.get(main) ?? main),
    per: /[{}]/.test(per) ? '' : (PER_UNITS.get(per) ?? per),
  };
}

function cleanUnit(word: string): string {
  return word
    .replace(/[^a-zA-Z0-9_:]/gu, '_')
    .replace(/_+/g, '_')
    .replace(/^_|_$/g, '');
}

function withLeadingLetter(name: string): string {
  return /^[0-9]/.test(name) ? `_${name}` : name;
}
