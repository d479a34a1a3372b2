import type { Recommendation, Report, ReportCell, ReportColumn, ReportTable, ReportUnit } from '../report';
import { renderChart } from './chart';
import { cellText, periodText, savingText } from './format';
import { escapeHtml } from './html-text';
import { STYLE } from './html-style';

/** What a rendered report may lean on. */
export interface RenderOptions {
  /** The address of the stack: traces are linked to it. */
  readonly externalUrl?: string | undefined;
}

/** The report as one HTML page: no script, nothing loaded from outside, fit for print, light and dark. */
export function renderHtml(report: Report, options: RenderOptions = {}): string {
  const { recommendations, sections } = report;
  const title = `Performance report, ${escapeHtml(periodText(report.period))}`;
  const contents = [
    ['recommendations', `Recommendations (${recommendations.length})`] as const,
    ...sections.map(({ id, title: name }) => [id, name] as const),
  ];
  const parts = [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">',
    `<title>${title}</title><style>${STYLE}</style></head><body><main>`,
    `<header><h1>Performance report</h1><p class="muted">${escapeHtml(periodText(report.period))}`,
    report.previous === null ? '' : `, compared with ${escapeHtml(periodText(report.previous))}`,
    `</p></header><ul class="gist">${report.highlights.map((sentence) => `<li>${escapeHtml(sentence)}</li>`).join('')}</ul>`,
    `<nav>${contents.map(([id, name]) => `<a href="#${escapeHtml(id)}">${escapeHtml(name)}</a>`).join(' ')}</nav>`,
    '<section id="recommendations"><h2>Recommendations</h2>',
    recommendations.length === 0 ? '<p>Nothing worth changing was found.</p>' : '',
    ...recommendations.map((recommendation, index) => adviceHtml(recommendation, index + 1, options)),
    '</section>',
  ];
  for (const section of sections) {
    parts.push(`<section id="${escapeHtml(section.id)}"><h2>${escapeHtml(section.title)}</h2>`);
    parts.push(...section.notes.map((note) => `<p>${escapeHtml(note)}</p>`));
    parts.push(...section.charts.map(renderChart));
    parts.push(...section.tables.map((table) => tableHtml(table, options)), '</section>');
  }
  return parts.join('') + '</main></body></html>\n';
}

function adviceHtml(recommendation: Recommendation, number: number, options: RenderOptions): string {
  const { title, stage, evidence, change, traceIds, sessions } = recommendation;
  const seen = [
    ...(traceIds.length === 0 ? [] : [`Traces: ${traceIds.map((id) => traceHtml(id, options)).join(' ')}`]),
    ...(sessions.length === 0 ? [] : [`Sessions: ${sessions.map((id) => `<code>${escapeHtml(id)}</code>`).join(' ')}`]),
  ];
  return [
    `<article><h3>${number}. ${escapeHtml(title)}</h3>`,
    `<p class="muted">Stage ${stage}; ${escapeHtml(savingText(recommendation))}.</p>`,
    `<ul>${evidence.map((sentence) => `<li>${escapeHtml(sentence)}</li>`).join('')}</ul>`,
    `<p class="change"><strong>Change:</strong> ${escapeHtml(change)}</p>`,
    seen.length === 0 ? '' : `<p class="muted ids">${seen.join('<br>')}</p>`,
    '</article>',
  ].join('');
}

function tableHtml({ title, columns, rows }: ReportTable, options: RenderOptions): string {
  const side = (unit: ReportUnit): string => (unit === 'text' ? '' : ' class="n"');
  const head = columns.map((column) => `<th scope="col"${side(column.unit)}>${escapeHtml(column.title)}</th>`).join('');
  const body = rows
    .map((row) => {
      const cells = columns.map(
        (column, index) => `<td${side(column.unit)}>${cellHtml(row[index] ?? null, column, options)}</td>`,
      );
      return `<tr>${cells.join('')}</tr>`;
    })
    .join('');
  return `<div class="wide"><table><caption>${escapeHtml(title)}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function cellHtml(cell: ReportCell, { id, unit }: ReportColumn, options: RenderOptions): string {
  return id === 'trace' && typeof cell === 'string' ? traceHtml(cell, options) : escapeHtml(cellText(cell, unit));
}

/** A trace by the beginning of its id, the whole where it is pointed at or followed. */
function traceHtml(id: string, { externalUrl }: RenderOptions): string {
  const short = `<code title="${escapeHtml(id)}">${escapeHtml(id.slice(0, 12))}</code>`;
  if (externalUrl === undefined) return short;
  return `<a href="${escapeHtml(`${externalUrl.replace(/\/$/, '')}/#/traces/${encodeURIComponent(id)}`)}">${short}</a>`;
}
