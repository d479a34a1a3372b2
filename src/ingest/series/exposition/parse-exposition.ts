import type { EpochMillis } from '../../../base/clock';
import { Labels, METRIC_NAME } from '../../../domain/labels';
import type { Exemplar, MetricMetadata } from '../../../domain/sample';
import { ExpositionSyntaxError } from '../errors';
import { normalBound, parseNumber } from '../number-text';
import { LineCursor } from './line-cursor';

/** A sample as a target shows it. */
export interface ExposedSample {
  readonly labels: Labels;
  readonly value: number;
  /** Undefined when the target gives no time. */
  readonly t: EpochMillis | undefined;
  /** Its time is 0 when the target gives none. */
  readonly exemplar: Exemplar | undefined;
}

/** What a text in exposition format says. */
export interface Exposition {
  readonly samples: ExposedSample[];
  readonly metadata: Map<string, MetricMetadata>;
}

const TYPES: ReadonlyMap<string, MetricMetadata['type']> = new Map([
  ['counter', 'counter'],
  ['gauge', 'gauge'],
  ['histogram', 'histogram'],
  ['gaugehistogram', 'gaugehistogram'],
  ['summary', 'summary'],
  ['info', 'info'],
  ['stateset', 'stateset'],
  ['unknown', 'unknown'],
  ['untyped', 'unknown'],
]);

/** Whether a content type says OpenMetrics. */
export function isOpenMetrics(contentType: string): boolean {
  return /^\s*application\/openmetrics-text\s*(;|$)/i.test(contentType);
}

/**
 * Reads Prometheus text (0.0.4, 1.0.0) or, by content type, OpenMetrics text. `le` and `quantile` are written one way, as
 * Prometheus 3 does.
 * @throws ExpositionSyntaxError for the first line that is wrong.
 */
export function parseExposition(text: string, contentType: string): Exposition {
  return new Parser(isOpenMetrics(contentType)).parse(text);
}

class Parser {
  private readonly samples: ExposedSample[] = [];
  private readonly metadata = new Map<string, { type: MetricMetadata['type']; help: string; unit: string }>();

  constructor(private readonly openMetrics: boolean) {}

  parse(text: string): Exposition {
    let start = 0;
    let line = 0;
    let ended = false;
    while (start < text.length) {
      let end = text.indexOf('\n', start);
      if (end < 0) end = text.length;
      const content = text.slice(start, text[end - 1] === '\r' && end > start ? end - 1 : end);
      start = end + 1;
      line++;
      if (ended) throw new ExpositionSyntaxError('text after # EOF', line);
      if (this.openMetrics && content === '# EOF') ended = true;
      else this.readLine(new LineCursor(content, line));
    }
    if (this.openMetrics && !ended)
      throw new ExpositionSyntaxError('# EOF is missing: the text was cut short', line + 1);
    return { samples: this.samples, metadata: this.metadata };
  }

  private readLine(cursor: LineCursor): void {
    cursor.blanks();
    if (cursor.done) {
      if (this.openMetrics) cursor.fail('an empty line');
      return;
    }
    if (cursor.peek() === '#') this.readComment(cursor);
    else this.readSample(cursor);
  }

  private readComment(cursor: LineCursor): void {
    cursor.take('#');
    cursor.blanks();
    const keyword = cursor.word();
    if (keyword !== 'HELP' && keyword !== 'TYPE' && keyword !== 'UNIT') return;
    cursor.blanks();
    const name = cursor.peek() === '"' ? cursor.quoted() : cursor.name(true);
    if (name === '') cursor.fail(`# ${keyword} without a metric name`);
    cursor.blanks();
    const rest = cursor.rest();
    const entry = this.entryOf(name);
    if (keyword === 'HELP') entry.help = unescapeHelp(rest, this.openMetrics);
    else if (keyword === 'UNIT') entry.unit = rest.trim();
    else {
      const type = TYPES.get(rest.trim());
      if (type === undefined) cursor.fail(`"${rest.trim()}" is not a metric type`);
      entry.type = type;
    }
  }

  private entryOf(name: string): { type: MetricMetadata['type']; help: string; unit: string } {
    let entry = this.metadata.get(name);
    if (entry === undefined) this.metadata.set(name, (entry = { type: 'unknown', help: '', unit: '' }));
    return entry;
  }

  private readSample(cursor: LineCursor): void {
    const pairs = new Map<string, string>();
    const name = cursor.name(true);
    if (name !== '') pairs.set(METRIC_NAME, name);
    cursor.blanks();
    if (cursor.peek() === '{') readLabels(cursor, pairs);
    if (!pairs.has(METRIC_NAME)) cursor.fail('expected a metric name');
    cursor.blanks();
    const value = readNumber(cursor, 'a value');
    let t: EpochMillis | undefined;
    let exemplar: Exemplar | undefined;
    cursor.blanks();
    if (!cursor.done && cursor.peek() !== '#') {
      t = this.toMillis(readNumber(cursor, 'a timestamp'));
      cursor.blanks();
    }
    if (!cursor.done) {
      if (cursor.peek() !== '#') cursor.fail('expected the end of the line');
      exemplar = this.readExemplar(cursor);
    }
    for (const bound of ['le', 'quantile']) {
      const text = pairs.get(bound);
      if (text !== undefined) pairs.set(bound, normalBound(text));
    }
    this.samples.push({ labels: Labels.of(pairs), value, t, exemplar });
  }

  private readExemplar(cursor: LineCursor): Exemplar {
    cursor.take('#');
    cursor.blanks();
    const pairs = new Map<string, string>();
    if (cursor.peek() !== '{') cursor.fail('expected the labels of an exemplar');
    readLabels(cursor, pairs);
    cursor.blanks();
    const value = readNumber(cursor, 'the value of an exemplar');
    cursor.blanks();
    const t = cursor.done ? 0 : this.toMillis(readNumber(cursor, 'the timestamp of an exemplar'));
    cursor.blanks();
    if (!cursor.done) cursor.fail('expected the end of the line');
    return { labels: Labels.of(pairs), value, t };
  }

  /** OpenMetrics counts seconds, the older format milliseconds. */
  private toMillis(time: number): EpochMillis {
    return Math.round(this.openMetrics ? time * 1000 : time);
  }
}

function readLabels(cursor: LineCursor, into: Map<string, string>): void {
  cursor.take('{');
  cursor.blanks();
  while (!cursor.take('}')) {
    const quoted = cursor.peek() === '"';
    const name = quoted ? cursor.quoted() : cursor.name(false);
    cursor.blanks();
    if (quoted && cursor.peek() !== '=') {
      if (into.has(METRIC_NAME)) cursor.fail('a second metric name');
      into.set(METRIC_NAME, name);
    } else {
      if (name === '') cursor.fail('expected a label name');
      if (!cursor.take('=')) cursor.fail('expected =');
      cursor.blanks();
      const value = cursor.quoted();
      if (into.has(name)) cursor.fail(`label "${name}" comes twice`);
      into.set(name, value);
    }
    cursor.blanks();
    if (!cursor.take(',') && cursor.peek() !== '}') cursor.fail('expected , or }');
    cursor.blanks();
  }
}

function readNumber(cursor: LineCursor, what: string): number {
  const word = cursor.word();
  const value = parseNumber(word);
  if (value === undefined) cursor.fail(`"${word}" is not ${what}`);
  return value;
}

function unescapeHelp(text: string, openMetrics: boolean): string {
  return text.replace(/\\(.)/g, (whole, character: string) => {
    if (character === 'n') return '\n';
    if (character === '\\') return '\\';
    return character === '"' && openMetrics ? '"' : whole;
  });
}
