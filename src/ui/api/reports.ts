import { getJson } from './http';

/** How a figure is written for people. `change` is a share: 0.1 is 10 % more than before. */
export type ReportUnit = 'text' | 'count' | 'ms' | 'usd' | 'tokens' | 'ratio' | 'perSecond' | 'change' | 'time';

/** A figure or text; null where nothing is known. */
export type ReportCell = string | number | null;

export interface ReportTable {
  readonly title: string;
  readonly columns: readonly { readonly id: string; readonly title: string; readonly unit: ReportUnit }[];
  /** A cell per column. */
  readonly rows: readonly (readonly ReportCell[])[];
}

export interface ReportChart {
  readonly title: string;
  readonly unit: ReportUnit;
  readonly lines: readonly {
    readonly name: string;
    readonly points: readonly { readonly t: number; readonly value: number }[];
  }[];
}

/** Something to do, with the reasons. */
export interface Recommendation {
  readonly kind: string;
  readonly title: string;
  readonly evidence: readonly string[];
  readonly savingUsd?: number;
  readonly savingMs?: number;
  readonly confidence: string;
  readonly change: string;
  readonly traceIds: readonly string[];
}

export interface Report {
  readonly period: { readonly start: number; readonly end: number };
  readonly sections: readonly {
    readonly id: string;
    readonly title: string;
    readonly notes: readonly string[];
    readonly tables: readonly ReportTable[];
    readonly charts: readonly ReportChart[];
  }[];
  readonly recommendations: readonly Recommendation[];
}

/** A report on a range of time, against one of equal length before it. Epoch milliseconds. */
export function report(from: number, to: number, signal?: AbortSignal): Promise<Report> {
  return getJson(
    `/api/stack/reports?${new URLSearchParams({ from: String(Math.round(from)), to: String(Math.round(to)) })}`,
    signal,
  );
}
