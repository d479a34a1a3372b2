import { renderTable } from './table';
import { renderWaterfall } from './waterfall';

const span = (
  spanId: string,
  parentSpanId: string,
  name: string,
  start: number,
  duration: number,
  note = '',
  failed = false,
) => ({ spanId, parentSpanId, name, start, duration, note, failed });

test('a waterfall shows the tree, the common axis, failures and notes', () => {
  const spans = [
    span('c', 'a', 'infer', 20, 60, 'claude, 1,200 tokens'),
    span('a', '', 'chat', 0, 100),
    span('b', 'a', 'parse', 0, 20),
    span('d', 'c', 'tool read_file', 40, 20, '', true),
    span('e', 'gone', 'orphan', 90, 10),
  ];
  expect(renderWaterfall(spans, { columns: 66, format: (ms) => `${ms}ms`, maxRows: 10 })).toBe(
    [
      'chat               │████████████████│   100ms',
      '├ parse            │███             │    20ms',
      '└ infer            │   ██████████   │    60ms  claude, 1,200 tokens',
      '  └ tool read_file │      ▒▒▒       │    20ms ✗',
      'orphan             │              ██│    10ms',
      '',
    ].join('\n'),
  );
});

test('rows beyond the limit are counted', () => {
  const spans = Array.from({ length: 5 }, (_, index) => span(`s${index}`, '', `n${index}`, index, 1));
  expect(renderWaterfall(spans, { columns: 80, format: String, maxRows: 2 })).toContain('… and 3 more spans');
});

test('a table is as wide as its cells', () => {
  expect(
    renderTable(
      [
        { title: 'model', cell: (row: [string, number]) => row[0] },
        { title: 'tokens', cell: (row) => String(row[1]), align: 'right' },
      ],
      [
        ['m1', 12],
        ['longer', 3],
      ],
    ),
  ).toBe(['model   tokens', '──────  ──────', 'm1          12', 'longer       3', ''].join('\n'));
});
