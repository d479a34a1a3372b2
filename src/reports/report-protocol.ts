import type { LedgerRow } from '../domain/ledger';
import type { SpanDetail } from '../storage';
import type { ReportFormat } from './render/render';
import type { ReportPeriod } from './report';
import type { CollectedFacts } from './stack-facts';
import type { BudgetOutlook } from './what-if/budget';
import type { WhatIf, WhatIfResult } from './what-if/what-if';

/** What the report worker starts with. */
export interface ReportWorkerInput {
  /** Path of the file of own prices; null for the bundled ones alone. */
  readonly pricesFile: string | null;
}

/** What would have been, and what is ahead where a budget was named. */
export interface WhatIfAnswer {
  readonly result: WhatIfResult;
  readonly budget: BudgetOutlook | null;
}

type Side = 'now' | 'before';

/** The calls of the report worker: parts of the facts, then the report as text. */
export type ReportProtocol = {
  readonly calls: { readonly argument: { readonly side: Side; readonly page: LedgerRow[] }; readonly result: null };
  readonly details: { readonly argument: { readonly side: Side; readonly page: SpanDetail[] }; readonly result: null };
  readonly rest: { readonly argument: { readonly side: Side; readonly facts: CollectedFacts }; readonly result: null };
  /** What the calls handed over would have cost otherwise, and when a budget ends. */
  readonly whatIf: {
    readonly argument: { readonly period: ReportPeriod; readonly change: WhatIf; readonly budgetUsd: number | null };
    readonly result: WhatIfAnswer;
  };
  readonly build: {
    readonly argument: {
      readonly period: ReportPeriod;
      readonly previous: ReportPeriod | null;
      readonly format: ReportFormat;
    };
    readonly result: string;
  };
};
