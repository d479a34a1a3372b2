import type { LedgerRow } from '../domain/ledger';
import type { SpanDetail } from '../storage';
import type { ReportFormat } from './render/render';
import type { ReportPeriod } from './report';
import type { CollectedFacts } from './stack-facts';

/** What the report worker starts with. */
export interface ReportWorkerInput {
  /** Path of the file of own prices; null for the bundled ones alone. */
  readonly pricesFile: string | null;
}

type Side = 'now' | 'before';

/** The calls of the report worker: parts of the facts, then the report as text. */
export type ReportProtocol = {
  readonly calls: { readonly argument: { readonly side: Side; readonly page: LedgerRow[] }; readonly result: null };
  readonly details: { readonly argument: { readonly side: Side; readonly page: SpanDetail[] }; readonly result: null };
  readonly rest: { readonly argument: { readonly side: Side; readonly facts: CollectedFacts }; readonly result: null };
  readonly build: {
    readonly argument: {
      readonly period: ReportPeriod;
      readonly previous: ReportPeriod | null;
      readonly format: ReportFormat;
    };
    readonly result: string;
  };
};
