export { buildReport } from './build-report';
export type { ReportOptions } from './build-report';
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
} from './report';
