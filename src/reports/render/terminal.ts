import type { Report, ReportTable } from '../report';
import { cellText, periodText, savingText } from './format';

/** The report as plain text with aligned tables. */
export function renderTerminal(report: Report): string {
  const lines = [`Report for ${periodText(report.period)}`];
  if (report.previous !== null) lines.push(`compared with ${periodText(report.previous)}`);
  lines.push('', ...report.highlights.map((sentence) => `  ${sentence}`));
  lines.push('', `Recommendations (${report.recommendations.length})`);
  if (report.recommendations.length === 0) lines.push('  nothing worth changing was found');
  report.recommendations.forEach((recommendation, index) => {
    lines.push(`  ${index + 1}. ${recommendation.title} [${recommendation.stage}; ${savingText(recommendation)}]`);
    for (const sentence of recommendation.evidence) lines.push(`     ${sentence}`);
    lines.push(`     → ${recommendation.change}`);
    if (recommendation.traceIds.length > 0) lines.push(`     traces ${recommendation.traceIds.join(' ')}`);
    if (recommendation.sessions.length > 0) lines.push(`     sessions ${recommendation.sessions.join(' ')}`);
  });
  for (const section of report.sections) {
    lines.push('', section.title.toUpperCase());
    for (const note of section.notes) lines.push(note);
    for (const table of section.tables) lines.push('', table.title, ...tableLines(table));
  }
  return lines.join('\n') + '\n';
}

function tableLines({ columns, rows }: ReportTable): string[] {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ unit }, index) => cellText(row[index] ?? null, unit))),
  ];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => (line[index] ?? '').length)));
  return cells.map((line) =>
    line
      .map((text, index) =>
        columns[index]?.unit === 'text' ? text.padEnd(widths[index] ?? 0) : text.padStart(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
