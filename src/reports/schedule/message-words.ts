import { cellText, periodText } from '../render/format';
import type { ReportPeriod } from '../report';
import type { BuiltReport } from '../report-protocol';
import type { ReportWords } from './report-scheduler';

/** A report that was built as text and page, in the words of a message. */
export function messageWords(
  name: string,
  period: ReportPeriod,
  previous: ReportPeriod | undefined,
  { texts: [text = '', html = ''], highlights, recommendations }: BuiltReport,
): ReportWords {
  const day = (at: number): string => cellText(at, 'time').slice(0, 10);
  const found =
    recommendations === 0
      ? 'nothing to change'
      : `${recommendations} thing${recommendations === 1 ? '' : 's'} to change`;
  return {
    // A period ends before its end: midnight belongs to the day before.
    title: `Report ${name}, ${day(period.start)} to ${day(period.end - 1)}: ${found}`,
    summary: [
      `${periodText(period)}${previous === undefined ? '' : `, compared with ${periodText(previous)}`}.`,
      ...highlights,
    ],
    text,
    html,
  };
}
