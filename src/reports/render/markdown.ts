import type { Report, ReportTable } from '../report';
import { cellText, periodText, savingText } from './format';

/** The report as GitHub-flavoured Markdown. */
export function renderMarkdown(report: Report): string {
  const lines = ['# Performance report', '', periodText(report.period)];
  if (report.previous !== null) lines.push('', `Compared with ${periodText(report.previous)}.`);
  lines.push('', ...report.highlights.map((sentence) => `- ${escape(sentence)}`));
  lines.push('', '## Recommendations', '');
  if (report.recommendations.length === 0) lines.push('Nothing worth changing was found.');
  for (const recommendation of report.recommendations) {
    lines.push(
      `### ${escape(recommendation.title)}`,
      '',
      `Stage ${recommendation.stage}; ${savingText(recommendation)}.`,
    );
    lines.push('', ...recommendation.evidence.map((sentence) => `- ${escape(sentence)}`));
    lines.push('', `**Change:** ${escape(recommendation.change)}`, '');
    if (recommendation.traceIds.length > 0)
      lines.push(`Traces: ${recommendation.traceIds.map((id) => `\`${id}\``).join(', ')}`, '');
    if (recommendation.sessions.length > 0)
      lines.push(`Sessions: ${recommendation.sessions.map(escape).join(', ')}`, '');
  }
  for (const section of report.sections) {
    lines.push('', `## ${escape(section.title)}`, '');
    for (const note of section.notes) lines.push(escape(note), '');
    for (const table of section.tables) lines.push(`**${escape(table.title)}**`, '', ...tableLines(table), '');
  }
  return (
    lines
      .join('\n')
      .replace(/\n{3,}/g, '\n\n')
      .trimEnd() + '\n'
  );
}

function tableLines({ columns, rows }: ReportTable): string[] {
  return [
    columns.map(({ title }) => escape(title)),
    columns.map(({ unit }) => (unit === 'text' ? '---' : '---:')),
    ...rows.map((row) => columns.map(({ unit }, index) => escape(cellText(row[index] ?? null, unit)))),
  ].map((cells) => `| ${cells.join(' | ')} |`);
}

/** Text from outside must not become markup. */
function escape(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>|#]/g, '\\$&');
}
