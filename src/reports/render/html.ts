import type { Report, ReportTable } from '../report';
import { renderChart } from './chart';
import { cellText, periodText } from './format';
import { escapeHtml } from './html-text';
import { savingText } from './terminal';

const STYLE = `
:root{color-scheme:light}
body{font:14px/1.45 system-ui,sans-serif;color:#0f172a;background:#fff;max-width:1100px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.2rem;border-bottom:1px solid #cbd5e1;margin-top:2rem}h3{font-size:1rem;margin:1rem 0 .3rem}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13px}
caption{text-align:left;font-weight:600;padding:.6rem 0 .2rem}
th,td{padding:.25rem .5rem;border-bottom:1px solid #e2e8f0;text-align:left;vertical-align:top;overflow-wrap:anywhere}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
article{border-left:4px solid #2563eb;padding:.1rem .9rem;margin:.8rem 0;break-inside:avoid}
figure{margin:1rem 0;break-inside:avoid}svg{width:100%;height:auto}svg text{font-size:10px;fill:#475569}.grid{stroke:#e2e8f0}
.muted{color:#475569}
@media print{body{margin:0;max-width:none;font-size:11px}table{font-size:10px}.wide{overflow:visible}tr{break-inside:avoid}thead{display:table-header-group}}
`;

/** The report as one HTML page: no script, nothing loaded from outside, fit for print. */
export function renderHtml(report: Report): string {
  const parts = [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>Performance report, ${escapeHtml(periodText(report.period))}</title><style>${STYLE}</style></head><body><main>`,
    `<h1>Performance report</h1><p class="muted">${escapeHtml(periodText(report.period))}`,
    report.previous === null ? '' : `, compared with ${escapeHtml(periodText(report.previous))}`,
    `</p><ul class="gist">${report.highlights.map((sentence) => `<li>${escapeHtml(sentence)}</li>`).join('')}</ul>`,
    '<section><h2>Recommendations</h2>',
    report.recommendations.length === 0 ? '<p>Nothing worth changing was found.</p>' : '',
  ];
  for (const recommendation of report.recommendations) {
    const [traces = '', sessions = ''] = [recommendation.traceIds, recommendation.sessions].map((ids) =>
      ids.map((id) => `<code>${escapeHtml(id)}</code>`).join(' '),
    );
    parts.push(
      `<article><h3>${escapeHtml(recommendation.title)}</h3>`,
      `<p class="muted">stage ${recommendation.stage}; ${escapeHtml(savingText(recommendation))}</p>`,
      `<ul>${recommendation.evidence.map((sentence) => `<li>${escapeHtml(sentence)}</li>`).join('')}</ul>`,
      `<p><strong>Change:</strong> ${escapeHtml(recommendation.change)}</p>`,
      traces === '' ? '' : `<p class="muted">Traces: ${traces}</p>`,
      sessions === '' ? '' : `<p class="muted">Sessions: ${sessions}</p>`,
      '</article>',
    );
  }
  parts.push('</section>');
  for (const section of report.sections) {
    parts.push(`<section id="${escapeHtml(section.id)}"><h2>${escapeHtml(section.title)}</h2>`);
    parts.push(...section.notes.map((note) => `<p>${escapeHtml(note)}</p>`));
    parts.push(...section.charts.map(renderChart), ...section.tables.map(tableHtml), '</section>');
  }
  return parts.join('') + '</main></body></html>\n';
}

function tableHtml({ title, columns, rows }: ReportTable): string {
  const side = (unit: string): string => (unit === 'text' ? '' : ' class="n"');
  const head = columns.map((column) => `<th scope="col"${side(column.unit)}>${escapeHtml(column.title)}</th>`).join('');
  const body = rows
    .map((row) => {
      const cells = columns.map(
        ({ unit }, index) => `<td${side(unit)}>${escapeHtml(cellText(row[index] ?? null, unit))}</td>`,
      );
      return `<tr>${cells.join('')}</tr>`;
    })
    .join('');
  return `<div class="wide"><table><caption>${escapeHtml(title)}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}
