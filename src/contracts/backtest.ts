/** Bodies of the replay of alerts over history, below `/api/stack/rules/`. Instants are epoch milliseconds, spans of time milliseconds. */

/** `GET /api/stack/rules/{group}/{rule}/backtest`: when an alert would have fired. */
export interface BacktestBody {
  readonly rule: string;
  readonly group: string;
  readonly file: string;
  /** The rule's PromQL. */
  readonly query: string;
  readonly window: { readonly start: number; readonly end: number; readonly step: number };
  /** Null where the rule does not end in a comparison with a number: there is no threshold to vary then. */
  readonly condition: {
    /** PromQL of what is compared. */
    readonly measured: string;
    readonly operator: '>' | '<' | '>=' | '<=' | '==' | '!=';
    /** The rule's own. */
    readonly threshold: number;
    /** In the units it is written in: `8s`, `85%`; the number where it has none. */
    readonly text: string;
  } | null;
  /** What was replayed: the rule's own unless the request said otherwise. */
  readonly threshold: number | null;
  readonly holdFor: number;
  readonly keepFiringFor: number;
  /** How often it fired. */
  readonly count: number;
  readonly alertsPerWeek: number;
  /** How long it fired, all label sets added up. */
  readonly firingTime: number;
  /** From the condition to the alert, on average; null where nothing fired. */
  readonly delay: number | null;
  /** The first 1,000, by time. */
  readonly firings: readonly BacktestFiring[];
  /** What is compared with the threshold, for a plot; empty without a condition. The 20 series with the largest values. */
  readonly measured: readonly BacktestSeries[];
  /** How many series `measured` would have in full. */
  readonly measuredSeries: number;
  /** Null unless asked for. */
  readonly sweep: BacktestSweep | null;
  /** What to know when reading this: a coarser step, a window without data. */
  readonly notes: readonly string[];
}

/** One time that an alert would have fired. */
export interface BacktestFiring {
  readonly labels: Readonly<Record<string, string>>;
  /** When the condition began to hold. */
  readonly activeAt: number;
  readonly firedAt: number;
  /** Null: it fires at the end of the window. */
  readonly resolvedAt: number | null;
  /** The value furthest from normal; null where it is not a finite number. */
  readonly peak: number | null;
  /** The values from activeAt to the end, thinned to 60. */
  readonly values: readonly number[];
}

/** One series for a plot, thinned to 500 points: of each part the value furthest from normal. */
export interface BacktestSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [t: number, value: number])[];
}

/** How threshold and `for` trade alerts against delay. */
export interface BacktestSweep {
  readonly rows: readonly BacktestSweepRow[];
  /** The quickest of those that are quiet enough; null where none is. */
  readonly proposal: BacktestSweepRow | null;
  /** The proposal as a unified diff of the rule file; null where it is the rule as it stands or cannot be written. */
  readonly patch: string | null;
}

/** One combination of a sweep. */
export interface BacktestSweepRow {
  readonly threshold: number;
  readonly holdFor: number;
  readonly firings: number;
  /** On average; null where nothing fires. */
  readonly delay: number | null;
  readonly firingTime: number;
}
