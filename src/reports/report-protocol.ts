import type { LedgerRow } from '../domain/ledger';
import type { SpanDetail } from '../storage';
import type { Comparison, CompareSettings } from './compare/compare';
import type { Page } from './reading/call-pages';
import type { ReportFormat } from './render/render';
import type { ReportPeriod, SectionId } from './report';
import type { CollectedFacts } from './stack-facts';
import type { BudgetOutlook } from './what-if/budget';
import type { WhatIf, WhatIfResult } from './what-if/what-if';

/** What the report worker starts with. */
export interface ReportWorkerInput {
  /** Path of the file of own prices; null for the bundled ones alone. */
  readonly pricesFile: string | null;
  /** The address at which people reach the stack; null where it is not known. */
  readonly externalUrl: string | null;
}

/** What would have been, and what is ahead where a budget was named. */
export interface WhatIfAnswer {
  readonly result: WhatIfResult;
  readonly budget: BudgetOutlook | null;
}

/** A report in several forms, and its gist. */
export interface BuiltReport {
  /** In the order of the forms that were asked for. */
  readonly texts: readonly string[];
  readonly highlights: readonly string[];
  readonly recommendations: number;
}

type Side = 'now' | 'before';

/** One side of a comparison, named, with what could not be read of it. */
export interface ComparedSide {
  readonly name: string;
  readonly gaps: readonly string[];
}

/** The calls of the report worker: parts of the facts, then what is concluded from them. `before` is a comparison's baseline. */
export type ReportProtocol = {
  readonly calls: { readonly argument: { readonly side: Side; readonly page: Page<LedgerRow> }; readonly result: null };
  readonly details: {
    readonly argument: { readonly side: Side; readonly page: Page<SpanDetail> };
    readonly result: null;
  };
  readonly rest: { readonly argument: { readonly side: Side; readonly facts: CollectedFacts }; readonly result: null };
  /** What the calls handed over would have cost otherwise, and when a budget ends. */
  readonly whatIf: {
    readonly argument: { readonly period: ReportPeriod; readonly change: WhatIf; readonly budgetUsd: number | null };
    readonly result: WhatIfAnswer;
  };
  /** Compares the calls and spans handed over. */
  readonly compare: {
    readonly argument: {
      readonly baseline: ComparedSide;
      readonly candidate: ComparedSide;
      readonly settings: CompareSettings;
    };
    readonly result: Comparison;
  };
  readonly build: {
    readonly argument: {
      readonly period: ReportPeriod;
      readonly previous: ReportPeriod | null;
      readonly formats: readonly ReportFormat[];
      readonly sections: readonly SectionId[] | null;
    };
    readonly result: BuiltReport;
  };
};
