import { packList } from '../../storage';
import { callsOf } from '../stack-facts';
import { generateWeek } from '../testing/assistant-week';
import { SharedRows } from './shared-rows';

test('rows keep everything that reports read', () => {
  const { calls } = generateWeek({ days: 1 });
  const { bytes } = packList(calls.slice(0, 300).map((row) => ({ ...row, provenance: { user: 'user.id' } })));
  const shared = new SharedRows();
  const kept = callsOf(bytes).map((row) => shared.take(row));
  expect(kept).toEqual(JSON.parse(JSON.stringify(calls.slice(0, 300))));
  expect(new Set(kept.map(({ sources }) => sources)).size).toBe(1);
});
