import type { Span } from '../../domain/span';
import { generateWeek } from '../testing/assistant-week';
import { arrayLedger, arraySpans } from '../testing/array-stores';
import { readSide } from '../testing/read-side';
import { USUAL_SHAPE } from '../testing/week';
import { compareSides } from './compare';
import type { Comparison } from './compare';
import { readMeasurements } from './read-file';
import { renderComparison } from './render';
import { parseSelection } from './selection';

const week = generateWeek({ seed: 5, days: 4, shape: { ...USUAL_SHAPE, traffic: 0.6 } });
const middle = (week.start + week.end) / 2;

/** The week's spans, those of an operation slowed from the middle on; each half as a version of its own. */
function slowed(operation: string, by: number): Span[] {
  return week.spans.map((span) => {
    const late = Number(span.startUnixNano / 1_000_000n) >= middle;
    const took = Number(span.endUnixNano - span.startUnixNano);
    const version = late ? '1.5.0' : '1.4.0';
    return {
      ...span,
      resource: { ...span.resource, attributes: { ...span.resource.attributes, 'service.version': version } },
      ...(late && span.name === operation ? { endUnixNano: span.startUnixNano + BigInt(Math.round(took * by)) } : {}),
    };
  });
}

async function judge(spans: readonly Span[], baseline: string, candidate: string): Promise<Comparison> {
  const sources = { ledger: arrayLedger(week.calls), spans: arraySpans(spans) };
  const side = (text: string) => readSide(sources, text, { start: week.start, end: week.end });
  return compareSides(await side(baseline), await side(candidate));
}

const iso = (at: number): string => new Date(at).toISOString();
const halves = [`${iso(week.start)}..${iso(middle)}`, `${iso(middle)}..${iso(week.end)}`] as const;

test('two halves of an unchanged week do not differ', async () => {
  const comparison = await judge(week.spans, halves[0], halves[1]);
  expect(comparison.findings.filter(({ outcome }) => outcome === 'regression')).toEqual([]);
  expect(comparison.findings.length).toBeGreaterThan(10);
});

test.each([
  { sides: halves, name: 'time ranges' },
  { sides: ['version:1.4.0', 'version:1.5.0'] as const, name: 'versions' },
])(
  '$name: a tool a quarter slower is a regression of the stage tool, with traces of before and after',
  async ({ sides }) => {
    const comparison = await judge(slowed('execute_tool search_code', 1.25), sides[0] ?? '', sides[1] ?? '');
    const [first] = comparison.findings;
    expect(comparison).toMatchObject({ verdict: 'regression', stage: 'tool' });
    expect(first).toMatchObject({ name: 'assistant execute_tool search_code', stage: 'tool', outcome: 'regression' });
    expect(Math.abs((first?.effect ?? 0) - 0.25)).toBeLessThan(0.08);
    const times = new Map(
      week.spans.map(({ traceId, startUnixNano }) => [traceId, Number(startUnixNano / 1_000_000n)]),
    );
    for (const id of first?.traces.candidate ?? []) expect(times.get(id)).toBeGreaterThanOrEqual(middle - 3_600_000);
    expect(first?.traces.baseline.length).toBeGreaterThan(0);
    expect(renderComparison(comparison)).toContain('REGRESSION: assistant execute_tool search_code');
  },
);

test('models are compared at the same task', async () => {
  const calls = week.calls.map((row) =>
    row.at < middle
      ? row
      : { ...row, requestModel: 'other', responseModel: 'other', latencyMs: (row.latencyMs ?? 0) * 0.8 },
  );
  const sources = { ledger: arrayLedger(calls), spans: arraySpans([]) };
  const side = (text: string) => readSide(sources, text, { start: week.start, end: week.end });
  const comparison = compareSides(await side('model:claude-sonnet-4-5'), await side('model:other'));
  const main = comparison.findings.find(
    ({ name, measure }) => name === 'model calls: assistant main chat' && measure === 'duration',
  );
  expect(main?.outcome).toBe('improvement');
});

test.each([
  { text: '1\nx\n', message: 'runs.txt:2: not JSON' },
  { text: '[1, "a"]', message: 'runs.txt:2: expecting a number' },
  { text: '\n', message: 'runs.txt holds no measurements' },
])('a file with a fault names the line: $message', ({ text, message }) => {
  expect(() => readMeasurements(text, 'runs.txt')).toThrow(message);
});

test.each(['yesterday', 'version:', '2026-11-21..2026-11-20', 'now..5x'])('"%s" is no side', (text) => {
  expect(() => parseSelection(text, week.end)).toThrow(/write version:1\.4\.0/);
});
