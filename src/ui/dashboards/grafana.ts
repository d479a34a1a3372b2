/** What we read of a Grafana dashboard's JSON. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly panels: readonly Panel[];
  readonly templating?: { readonly list: readonly Variable[] };
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly {
    readonly expr: string;
    readonly legendFormat?: string;
    readonly instant?: boolean;
    readonly exemplar?: boolean;
    readonly refId: string;
  }[];
  readonly fieldConfig?: {
    readonly defaults?: {
      readonly unit?: string;
      readonly decimals?: number;
      readonly min?: number;
      readonly max?: number;
      readonly thresholds?: { readonly steps?: readonly { readonly value: number | null; readonly color: string }[] };
      readonly custom?: { readonly stacking?: { readonly mode?: string }; readonly fillOpacity?: number };
    };
  };
  readonly options?: { readonly content?: string; readonly reduceOptions?: { readonly calcs?: readonly string[] } };
}

export interface Variable {
  readonly name: string;
  readonly label?: string;
  readonly type: string;
  readonly query?: string | { readonly query: string };
  readonly current?: { readonly value?: string | readonly string[] };
  readonly options?: readonly { readonly value: string }[];
  readonly includeAll?: boolean;
  readonly hide?: number;
}

/** Puts values into `$name`, `${name}` and `[[name]]`; `$__interval`, `$__rate_interval`, `$__range` from the range. */
export function interpolate(
  text: string,
  values: Readonly<Record<string, string>>,
  range: { readonly from: number; readonly to: number },
  step: number,
): string {
  const builtIn: Record<string, string> = {
    __interval: `${step}s`,
    // At least four scrapes of the usual 15 s: a shorter window has no two samples to make a rate of.
    __rate_interval: `${Math.max(4 * step, 60)}s`,
    __range: `${Math.max(1, Math.round((range.to - range.from) / 1000))}s`,
    __range_s: String(Math.round((range.to - range.from) / 1000)),
    __from: String(Math.round(range.from)),
    __to: String(Math.round(range.to)),
  };
  return text.replace(
    /\$\{(\w+)(?::\w+)?\}|\[\[(\w+)\]\]|\$(\w+)/g,
    (all, braced?: string, bracketed?: string, plain?: string) => {
      const name = braced ?? bracketed ?? plain ?? '';
      return values[name] ?? builtIn[name] ?? all;
    },
  );
}

/** The label and the selector of a `label_values(selector, label)` variable. */
export function labelValuesQuery(variable: Variable): { label: string; selector: string | undefined } | undefined {
  const text = typeof variable.query === 'string' ? variable.query : (variable.query?.query ?? '');
  const match = /^\s*label_values\(\s*(?:([\s\S]+),)?\s*([\w.]+)\s*\)\s*$/.exec(text);
  return match === null ? undefined : { label: match[2] ?? '', selector: match[1]?.trim() };
}

/** The colour of the highest threshold that the value reaches. */
export function thresholdColor(panel: Panel, value: number | undefined): string | undefined {
  const steps = panel.fieldConfig?.defaults?.thresholds?.steps ?? [];
  if (value === undefined) return undefined;
  return [...steps].reverse().find((step) => step.value === null || value >= step.value)?.color;
}
