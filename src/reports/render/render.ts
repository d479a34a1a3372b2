import type { Report } from '../report';
import { renderHtml } from './html';
import type { RenderOptions } from './html';
import { renderMarkdown } from './markdown';
import { renderTerminal } from './terminal';

/** The forms a report comes in. */
export const REPORT_FORMATS = ['json', 'terminal', 'markdown', 'html'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** The report in one form. */
export function renderReport(report: Report, format: ReportFormat, options: RenderOptions = {}): string {
  switch (format) {
    case 'json':
      return JSON.stringify(report, null, 2) + '\n';
    case 'terminal':
      return renderTerminal(report);
    case 'markdown':
      return renderMarkdown(report);
    case 'html':
      return renderHtml(report, options);
  }
}
