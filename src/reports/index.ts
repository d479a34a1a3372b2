export { buildReport } from './build-report';
export type { ReportOptions } from './build-report';
export { compareSides, DEFAULT_SETTINGS } from './compare/compare';
export type { Comparison, CompareSettings, Finding, Outcome } from './compare/compare';
export { readMeasurements } from './compare/read-file';
export type { CompareSources } from './compare/read-stored';
export { renderComparison } from './compare/render';
export { parseSelection } from './compare/selection';
export type { Selection } from './compare/selection';
export { NO_FACTS } from './facts';
export type {
  AlertFacts,
  OperationFacts,
  PeriodFacts,
  ReportData,
  StatementFacts,
  ToolCallFacts,
  TraceFacts,
} from './facts';
export { REPORT_FORMATS, renderReport } from './render/render';
export type { ReportFormat } from './render/render';
export { StackFacts } from './stack-facts';
export type { StackFactsSources } from './stack-facts';
export type { AlertSource } from './reading/alert-facts';
export { SECTION_IDS } from './report';
export { reportsConfig } from './reports.config';
export type { ReportsConfig } from './reports.config';
export { ReportScheduler } from './schedule/report-scheduler';
export type { ReportSchedulerOptions, ScheduleStatus, SentReport } from './schedule/report-scheduler';
export type { ReportDelivery, ReportMessage, ReportSink } from './schedule/report-sink';
export { StackReports } from './stack-reports';
export type { CompareRequest, ReportRequest, Reports } from './stack-reports';
export type { WhatIfAnswer } from './report-protocol';
export { renderWhatIf } from './what-if/render';
export type { WhatIf, WhatIfResult, WhatIfRow } from './what-if/what-if';
export type {
  Confidence,
  Recommendation,
  Report,
  ReportCell,
  ReportChart,
  ReportColumn,
  ReportLine,
  ReportPeriod,
  ReportSection,
  ReportTable,
  ReportUnit,
  SectionId,
} from './report';

/** Injection token of what makes reports. */
export const REPORTS = Symbol('Reports');

/** Injection token of what sends reports by itself. */
export const REPORT_SCHEDULER = Symbol('ReportScheduler');
