import type { EpochMillis, Millis } from '../base/clock';
import type { Stage } from '../domain/stage';

/** The time that a report speaks of: start inclusive, end exclusive. */
export interface ReportPeriod {
  readonly start: EpochMillis;
  readonly end: EpochMillis;
}

/** How a figure is written for people. `change` is a share: 0.1 is 10 % more than before. */
export const UNITS = ['text', 'count', 'ms', 'usd', 'tokens', 'ratio', 'perSecond', 'change', 'time'] as const;
export type ReportUnit = (typeof UNITS)[number];

/** A column of a report's table. */
export interface ReportColumn {
  readonly id: string;
  readonly title: string;
  readonly unit: ReportUnit;
}

/** A figure or text; null where nothing is known. */
export type ReportCell = string | number | null;

/** A table: rows have a cell per column. */
export interface ReportTable {
  readonly title: string;
  readonly columns: readonly ReportColumn[];
  readonly rows: readonly (readonly ReportCell[])[];
}

/** One line of a chart. */
export interface ReportLine {
  readonly name: string;
  readonly points: readonly { readonly t: EpochMillis; readonly value: number }[];
}

/** Lines over time in one unit. */
export interface ReportChart {
  readonly title: string;
  readonly unit: ReportUnit;
  readonly lines: readonly ReportLine[];
}

/** The parts of a report, in their order. */
export const SECTION_IDS = ['changes', 'operations', 'tools', 'ledger', 'trends', 'resources', 'alerts'] as const;
export type SectionId = (typeof SECTION_IDS)[number];

/** A part of a report. */
export interface ReportSection {
  readonly id: SectionId;
  readonly title: string;
  /** Sentences: what the figures say, and what they cannot. */
  readonly notes: readonly string[];
  readonly tables: readonly ReportTable[];
  readonly charts: readonly ReportChart[];
}

/** How sure a recommendation is. */
export const CONFIDENCES = ['high', 'medium', 'low'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** Something to do, with the reasons. */
export interface Recommendation {
  /** The kind of problem, e.g. `prompt-cache-broken`. */
  readonly kind: string;
  readonly title: string;
  readonly stage: Stage;
  /** Sentences with the figures that led here. */
  readonly evidence: readonly string[];
  /** What the same period would have cost less; undefined where no price is known. */
  readonly savingUsd?: number;
  /** What the same period would have waited less, over all calls. */
  readonly savingMs?: Millis;
  readonly confidence: Confidence;
  /** The exact change. */
  readonly change: string;
  /** Traces that show it. */
  readonly traceIds: readonly string[];
  /** Sessions that show it. */
  readonly sessions: readonly string[];
}

/** A report on a period, against a previous one where there is one. */
export interface Report {
  readonly period: ReportPeriod;
  readonly previous: ReportPeriod | null;
  /** The gist, a sentence each. */
  readonly highlights: readonly string[];
  readonly sections: readonly ReportSection[];
  /** The greatest saving first. */
  readonly recommendations: readonly Recommendation[];
}
