import { buildReport, NO_FACTS, REPORT_FORMATS, renderReport } from '.';
import type { PeriodFacts } from '.';

const HOSTILE = '<img src=x onerror=alert(1)>';
const period = { start: 1_767_225_600_000, end: 1_767_229_200_000 };
const facts: PeriodFacts = {
  ...NO_FACTS,
  operations: [
    { service: 'assistant', operation: HOSTILE, stage: 'inference', calls: 10, errors: 1, totalMs: 5000, p95Ms: 900 },
  ],
  alerts: [{ name: 'SlowModel', episodes: [{ start: period.start, end: period.start + 60_000 }] }],
  gaps: ['Only the first 100 model calls are counted.'],
};

function report(of: PeriodFacts = facts) {
  return buildReport({ read: () => Promise.resolve(of) }, period, {
    start: period.start - 3_600_000,
    end: period.start,
  });
}

test.each(REPORT_FORMATS)('as %s it names the operation, the alert and what was cut off', async (format) => {
  const text = renderReport(await report(), format);
  for (const wanted of ['SlowModel', 'Only the first 100 model calls are counted.', 'inference'])
    expect(text).toContain(wanted);
});

test('the page escapes what telemetry says and has no script', async () => {
  const page = renderReport(await report(), 'html');
  expect(page).not.toContain(HOSTILE);
  expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
  expect(page).not.toMatch(/<script/i);
});

test('a period without anything gives a report without recommendations', async () => {
  const made = await report(NO_FACTS);
  expect(made.recommendations).toEqual([]);
  expect(renderReport(made, 'terminal')).toContain('Recommendations (0)');
});
