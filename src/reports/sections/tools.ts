import type { PeriodFacts } from '../facts';
import type { ReportCell, ReportSection } from '../report';
import { quantileOf, sorted } from '../statistics/order';
import { changeOf, groupBy, known, table } from './group';

const MOST_ROWS = 20;

/** Calls, failures, times and result sizes by tool. */
export function toolsSection({ toolCalls }: PeriodFacts, before: PeriodFacts | undefined): ReportSection[] {
  if (toolCalls.length === 0) return [];
  const then = groupBy(before?.toolCalls ?? [], ({ tool }) => tool);
  const median = (calls: readonly { readonly durationMs: number }[]): number =>
    quantileOf(sorted(calls.map(({ durationMs }) => durationMs)), 0.5);
  const rows = [...groupBy(toolCalls, ({ tool }) => tool)].map(([tool, calls]): ReportCell[] => {
    const times = sorted(calls.map(({ durationMs }) => durationMs));
    const sizes = sorted(calls.flatMap(({ resultBytes }) => resultBytes ?? []));
    const old = then.get(tool) ?? [];
    return [
      tool,
      calls.length,
      calls.filter(({ ok }) => !ok).length / calls.length,
      known(quantileOf(times, 0.5)),
      known(quantileOf(times, 0.95)),
      old.length === 0 ? null : changeOf(quantileOf(times, 0.5), median(old)),
      times.reduce((sum, ms) => sum + ms, 0),
      known(quantileOf(sizes, 0.5)),
      known(quantileOf(sizes, 0.95)),
    ];
  });
  return [
    {
      id: 'tools',
      title: 'Tools',
      notes: [],
      tables: [
        table(
          'By tool',
          [
            ['tool', 'Tool', 'text'],
            ['calls', 'Calls', 'count'],
            ['failed', 'Failed', 'ratio'],
            ['p50', 'p50', 'ms'],
            ['p95', 'p95', 'ms'],
            ['change', 'p50 change', 'change'],
            ['total', 'Time in all', 'ms'],
            ['size', 'Result, bytes p50', 'count'],
            ['large', 'Result, bytes p95', 'count'],
          ],
          rows.sort((a, b) => Number(b[6]) - Number(a[6])).slice(0, MOST_ROWS),
        ),
      ],
      charts: [],
    },
  ];
}
