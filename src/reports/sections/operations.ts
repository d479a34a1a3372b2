import type { OperationFacts, PeriodFacts } from '../facts';
import type { ReportCell, ReportPeriod, ReportSection } from '../report';
import { changeOf, groupBy, known, table } from './group';

const MOST_ROWS = 25;

/** Time, throughput and failures by stage and operation, and the slowest traces with what held them up. */
export function operationsSection(
  facts: PeriodFacts,
  before: PeriodFacts | undefined,
  period: ReportPeriod,
): ReportSection {
  const seconds = Math.max(1e-9, (period.end - period.start) / 1000);
  const then = new Map((before?.operations ?? []).map((operation) => [nameOf(operation), operation]));
  const rows = [...facts.operations]
    .sort((a, b) => b.totalMs - a.totalMs)
    .slice(0, MOST_ROWS)
    .map((operation): ReportCell[] => {
      const old = then.get(nameOf(operation));
      return [
        operation.service,
        operation.operation,
        operation.stage || null,
        operation.calls,
        operation.calls / seconds,
        operation.calls === 0 ? null : operation.errors / operation.calls,
        known(operation.p50Ms),
        known(operation.p95Ms),
        known(operation.p99Ms),
        changeOf(operation.p95Ms, old?.p95Ms),
        operation.totalMs,
      ];
    });
  const stages = [
    ...groupBy(
      facts.operations.filter(({ stage }) => stage !== ''),
      ({ stage }) => stage,
    ),
  ].map(([stage, group]): ReportCell[] => {
    const calls = sum(group, 'calls');
    const total = sum(group, 'totalMs');
    const old = (before?.operations ?? []).filter((operation) => operation.stage === stage);
    const meanBefore = sum(old, 'calls') === 0 ? undefined : sum(old, 'totalMs') / sum(old, 'calls');
    return [
      stage,
      calls,
      calls === 0 ? null : sum(group, 'errors') / calls,
      calls === 0 ? null : total / calls,
      calls === 0 ? null : changeOf(total / calls, meanBefore),
      total,
    ];
  });
  const notes = [...facts.gaps];
  if (rows.length === 0) notes.push('No span was recorded in this period.');
  return {
    id: 'operations',
    title: 'Stages and operations',
    notes,
    tables: [
      table(
        'By stage',
        [
          ['stage', 'Stage', 'text'],
          ['calls', 'Calls', 'count'],
          ['errors', 'Failed', 'ratio'],
          ['mean', 'Mean', 'ms'],
          ['change', 'Change', 'change'],
          ['total', 'Time in all', 'ms'],
        ],
        stages,
      ),
      table(
        'By operation',
        [
          ['service', 'Service', 'text'],
          ['operation', 'Operation', 'text'],
          ['stage', 'Stage', 'text'],
          ['calls', 'Calls', 'count'],
          ['rate', 'Rate', 'perSecond'],
          ['errors', 'Failed', 'ratio'],
          ['p50', 'p50', 'ms'],
          ['p95', 'p95', 'ms'],
          ['p99', 'p99', 'ms'],
          ['change', 'p95 change', 'change'],
          ['total', 'Time in all', 'ms'],
        ],
        rows,
      ),
      table(
        'Slowest traces',
        [
          ['trace', 'Trace', 'text'],
          ['operation', 'Operation', 'text'],
          ['at', 'At (UTC)', 'time'],
          ['duration', 'Took', 'ms'],
          ['path', 'Critical path', 'text'],
        ],
        facts.traces.map((trace) => [
          trace.traceId,
          `${trace.service}: ${trace.operation}`,
          trace.at,
          trace.durationMs,
          trace.path.map(({ operation, ms }) => `${operation} ${percent(ms, trace.durationMs)}`).join(' · '),
        ]),
      ),
    ].filter(({ rows: { length } }) => length > 0),
    charts:
      facts.latencies.length === 0 ? [] : [{ title: 'Mean latency by stage', unit: 'ms', lines: facts.latencies }],
  };
}

function nameOf({ service, operation, stage }: OperationFacts): string {
  return JSON.stringify([service, operation, stage]);
}

function sum(group: readonly OperationFacts[], field: 'calls' | 'errors' | 'totalMs'): number {
  return group.reduce((total, operation) => total + operation[field], 0);
}

function percent(part: number, whole: number): string {
  return whole > 0 ? `${Math.round((100 * part) / whole)} %` : '';
}
