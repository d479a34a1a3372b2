import { SuccessRecord } from './success-record';

function recordOf(outcomes: string): SuccessRecord {
  const record = new SuccessRecord(0.9);
  for (const outcome of outcomes) record.observe(outcome === 's');
  record.fade(100_000, 0, { perCall: 0.5 ** (1 / 400), halfLife: 3_600_000 });
  return record;
}

test.each([
  ['was always bad', 'f'.repeat(40), 2],
  ['was always good', 's'.repeat(40), 2],
  ['fell', `${'s'.repeat(40)}${'f'.repeat(40)}`, 1.2],
  ['rose', `${'f'.repeat(40)}${'s'.repeat(40)}`, 1.2],
])(
  'what is never forgotten of a model that %s; less of one that changed, which is tried again sooner',
  (_name, outcomes, trace) => {
    const record = recordOf(outcomes);
    expect(record.weight).toBeCloseTo(trace, 6);
    const { a, b } = record.posterior;
    // Bad is still known to be bad, and good to be good.
    expect(a > b).toBe(outcomes.endsWith('s'));
  },
);
