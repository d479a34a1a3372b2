import { parseDuration } from '../../base/duration';
import { BadInputError, messageOf } from '../../base/errors';
import type { EpochMillis, Millis } from '../../base/clock';
import type { IncomingSample } from '../../storage';
import type { Labels } from '../../domain/labels';
import { unquote } from '../syntax/strings';
import { toCustomBuckets } from './custom-buckets';
import { withStoredHints } from './stored-hints';
import { parseNotedSeries, parseStartOffsets, splitLabels } from './series-notation';
import type { NotedSample } from './series-notation';

/** What an annotation or error is expected to say. */
export interface TextExpectation {
  readonly kind: 'message' | 'pattern';
  readonly text: string;
  matches(actual: string): boolean;
}

/** What is expected of a query besides its result. */
export interface Expectations {
  ordered: boolean;
  fail: boolean;
  failText: TextExpectation | undefined;
  readonly warn: TextExpectation[];
  readonly info: TextExpectation[];
  noWarn: boolean;
  noInfo: boolean;
  /** Some warning, some info, whatever they say. */
  anyWarn: boolean;
  anyInfo: boolean;
}

/** The result that is expected. */
export interface ExpectedSeries {
  readonly labels: Labels;
  readonly samples: readonly NotedSample[];
}

/** A command of a script. `line` is 1-based. */
export type Command =
  | { readonly kind: 'clear'; readonly line: number }
  | { readonly kind: 'load'; readonly line: number; readonly samples: readonly IncomingSample[] }
  | EvalCommand;

/** A query and what it should come to. */
export interface EvalCommand {
  readonly kind: 'eval';
  readonly line: number;
  readonly expr: string;
  /** Undefined step: an instant query at `start`. */
  readonly start: EpochMillis;
  readonly end: EpochMillis;
  readonly step: Millis | undefined;
  readonly expect: Expectations;
  readonly series: readonly ExpectedSeries[];
  readonly scalar: number | undefined;
  readonly string: string | undefined;
  /** The times of an expected range vector. */
  readonly rangeVector: { readonly start: EpochMillis; readonly end: EpochMillis; readonly step: Millis } | undefined;
}

const LOAD = /^load(_with_nhcb)?\s+(\S+)$/;
const EVAL_INSTANT = /^eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(\S+)\s+)?(.+)$/;
const EVAL_RANGE = /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.+)$/;
const EXPECT = /^expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(regex|msg):(.+))?$/;
const EXPECT_RANGE = /^expect range vector\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)$/;

/** Reads a promqltest script. @throws BadInputError with the line of the first fault. */
export function parseScript(text: string): Command[] {
  const lines = text.split('\n').map((line) => (line.trim().startsWith('#') ? '' : line.trim()));
  const commands: Command[] = [];
  for (let i = 0; i < lines.length;) {
    const line = lines[i] ?? '';
    if (line === '') {
      i++;
      continue;
    }
    const body: { text: string; line: number }[] = [];
    let next = i + 1;
    for (; next < lines.length && lines[next] !== ''; next++) body.push({ text: lines[next] ?? '', line: next + 1 });
    const word = line.split(/\s/, 1)[0]?.toLowerCase() ?? '';
    try {
      if (word === 'clear') {
        commands.push({ kind: 'clear', line: i + 1 });
        i++;
        continue;
      }
      if (word.startsWith('load')) {
        commands.push({ kind: 'load', line: i + 1, samples: parseLoad(line, body) });
        i = next;
        continue;
      }
      if (!word.startsWith('eval')) throw new BadInputError(`unknown command "${line}"`);
      const { command, used } = parseEval(line, i + 1, body);
      commands.push(command);
      i += 1 + used;
    } catch (error) {
      if (error instanceof BadInputError && /^line \d/.test(error.message)) throw error;
      throw new BadInputError(`line ${i + 1}: ${messageOf(error)}`, { cause: error });
    }
  }
  return commands;
}

function parseLoad(line: string, body: readonly { text: string; line: number }[]): IncomingSample[] {
  const match = LOAD.exec(line);
  if (match === null) throw new BadInputError(`bad load command "${line}"`);
  const gap = parseDuration(match[2] ?? '');
  // A series that is written twice counts as written last.
  const series = new Map<string, IncomingSample[]>();
  let starts: (number | undefined)[] | undefined;
  for (const { text, line: at } of body) {
    try {
      const startLine = /^(\S+)@st\s+(.*)$/.exec(text);
      if (startLine !== null) {
        splitLabels(startLine[1] ?? '');
        starts = parseStartOffsets(startLine[2] ?? '');
        continue;
      }
      const { labels, samples: noted } = parseNotedSeries(text);
      const samples: IncomingSample[] = [];
      series.set(labels.key, samples);
      noted.forEach((sample, i) => {
        if (sample.omitted) return;
        const t = i * gap;
        const offset = starts?.[i];
        samples.push({
          labels,
          t,
          value: sample.value,
          ...(sample.histogram === undefined ? {} : { histogram: sample.histogram }),
          ...(sample.stale ? { stale: true } : {}),
          ...(offset === undefined ? {} : { start: t + offset }),
        });
      });
      starts = undefined;
    } catch (error) {
      throw new BadInputError(`line ${at}: ${messageOf(error)}`, { cause: error });
    }
  }
  const samples = [...series.values()].flat();
  return withStoredHints(match[1] === undefined ? samples : [...samples, ...toCustomBuckets(samples)]);
}

function parseEval(
  line: string,
  at: number,
  body: readonly { text: string; line: number }[],
): { command: EvalCommand; used: number } {
  const range = EVAL_RANGE.exec(line);
  const instant = range === null ? EVAL_INSTANT.exec(line) : null;
  if (range === null && instant === null) throw new BadInputError(`bad eval command "${line}"`);
  const mode = range?.[1] ?? instant?.[1];
  const start = parseDuration(range?.[2] ?? instant?.[2] ?? '0');
  const end = range === null ? start : parseDuration(range[3] ?? '');
  const step = range === null ? undefined : parseDuration(range[4] ?? '');
  const expect: Expectations = {
    ordered: mode === 'ordered',
    fail: mode === 'fail',
    failText: undefined,
    warn: [],
    info: [],
    noWarn: false,
    noInfo: false,
    anyWarn: mode === 'warn',
    anyInfo: mode === 'info',
  };
  const series: ExpectedSeries[] = [];
  let scalar: number | undefined;
  let string: string | undefined;
  let rangeVector: EvalCommand['rangeVector'];
  let used = 0;
  for (const { text, line: own } of body) {
    used++;
    try {
      const old = /^expected_fail_(message|regexp)\s+(.*)$/.exec(text);
      if (old !== null && expect.fail) {
        expect.failText = textExpectation(old[1] === 'message' ? 'message' : 'pattern', (old[2] ?? '').trim());
        break;
      }
      const vector = EXPECT_RANGE.exec(text);
      if (vector !== null) {
        const [, from = '', to = '', width = ''] = vector;
        rangeVector = { start: parseDuration(from), end: parseDuration(to), step: parseDuration(width) };
        continue;
      }
      if (text.startsWith('expect string ')) {
        const value = unquote(text.slice('expect string '.length).trim());
        if (typeof value !== 'string') throw new BadInputError(value.reason);
        string = value;
        continue;
      }
      if (/^expect\s/.test(text)) {
        parseExpect(text, expect);
        continue;
      }
      if (/^[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|0x[\da-f]+|inf|nan)$/i.test(text)) {
        scalar = toScalar(text);
        break;
      }
      const { labels, samples } = parseNotedSeries(text);
      series.push({ labels, samples });
    } catch (error) {
      throw new BadInputError(`line ${own}: ${messageOf(error)}`, { cause: error });
    }
  }
  const expr = range?.[5] ?? instant?.[3] ?? '';
  return {
    command: { kind: 'eval', line: at, expr, start, end, step, expect, series, scalar, string, rangeVector },
    used,
  };
}

function toScalar(text: string): number {
  const lower = text.toLowerCase();
  if (lower.endsWith('inf')) return lower.startsWith('-') ? -Infinity : Infinity;
  return lower.endsWith('nan') ? NaN : Number(text);
}

function parseExpect(text: string, expect: Expectations): void {
  const match = EXPECT.exec(text);
  if (match === null) throw new BadInputError(`bad expect line "${text}"`);
  const [, what, how, wanted] = match;
  const expectation =
    wanted === undefined ? undefined : textExpectation(how === 'msg' ? 'message' : 'pattern', wanted.trim());
  switch (what) {
    case 'ordered':
      expect.ordered = true;
      return;
    case 'fail':
      expect.fail = true;
      expect.failText = expectation;
      return;
    case 'warn':
      expect.anyWarn = true;
      if (expectation !== undefined) expect.warn.push(expectation);
      else expect.warn.push(textExpectation('pattern', '^.*$'));
      return;
    case 'info':
      expect.anyInfo = true;
      if (expectation !== undefined) expect.info.push(expectation);
      else expect.info.push(textExpectation('pattern', '^.*$'));
      return;
    case 'no_warn':
      expect.noWarn = true;
      return;
    default:
      expect.noInfo = true;
  }
}

function textExpectation(kind: 'message' | 'pattern', text: string): TextExpectation {
  // Scripts of different ages name the place of an annotation or leave it out; without it, it may be anywhere.
  const placeless = (actual: string): string => actual.replace(/ \(\d+:\d+\)$/, '');
  if (kind === 'message') return { kind, text, matches: (actual) => actual === text || placeless(actual) === text };
  const pattern = new RegExp(text, 's');
  return { kind, text, matches: (actual) => pattern.test(actual) };
}
