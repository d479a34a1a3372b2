import { rankEntries, traceIdOf } from './palette-rank';

const ENTRIES = [
  { title: 'Alerts', kind: 'page' },
  { title: 'PoolExhausted', kind: 'rule' },
  { title: 'Resources and pools', kind: 'dashboard' },
  { title: 'Traces', kind: 'page' },
];

test.each([
  ['', ['Alerts', 'PoolExhausted', 'Resources and pools', 'Traces']],
  ['pool', ['PoolExhausted', 'Resources and pools']],
  ['pools dash', ['Resources and pools']],
  ['  PAGE  ', ['Alerts', 'Traces']],
  ['nothing', []],
])('%j finds %j', (text, titles) => {
  expect(rankEntries(ENTRIES, text).map(({ title }) => title)).toEqual(titles);
});

test.each([
  ['4BF92F3577B34DA6A3CE929D0E0E4736', '4bf92f3577b34da6a3ce929d0e0e4736'],
  [' 4bf92f35-77b3-4da6-a3ce-929d0e0e4736 ', '4bf92f3577b34da6a3ce929d0e0e4736'],
  ['4bf92f35', undefined],
  ['g'.repeat(32), undefined],
])('%j as the id of a trace: %j', (text, id) => {
  expect(traceIdOf(text)).toBe(id);
});
