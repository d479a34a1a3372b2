/** A span as the waterfall draws it. */
export interface WaterfallSpan {
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  /** Any unit, one origin for all spans. */
  readonly start: number;
  readonly duration: number;
  readonly failed: boolean;
  /** Shown at the right: tokens, a model, a tool. */
  readonly note: string;
}

/** Options of `renderWaterfall`. */
export interface WaterfallOptions {
  /** Characters of a line. */
  readonly columns: number;
  /** Writes a duration. */
  readonly format: (duration: number) => string;
  /** Lines beyond this number are folded into one that counts them. */
  readonly maxRows: number;
}

/** One trace as text: a tree of names, bars on a common time axis, durations and notes. */
export function renderWaterfall(spans: readonly WaterfallSpan[], options: WaterfallOptions): string {
  const rows = inTreeOrder(spans);
  if (rows.length === 0) return '(no spans)\n';
  const begin = Math.min(...spans.map((span) => span.start));
  const total = Math.max(...spans.map((span) => span.start + span.duration)) - begin || 1;
  const names = rows.map(({ span, prefix }) => `${prefix}${span.name}`);
  const nameWidth = Math.min(44, Math.max(...names.map((name) => name.length)));
  const noteWidth = Math.min(34, Math.max(0, ...spans.map((span) => span.note.length)));
  const barWidth = Math.max(16, Math.min(60, options.columns - nameWidth - noteWidth - 16));

  const lines = rows.slice(0, options.maxRows).map(({ span }, index) => {
    const from = Math.min(barWidth - 1, Math.floor(((span.start - begin) / total) * barWidth));
    const length = Math.max(1, Math.min(barWidth - from, Math.round((span.duration / total) * barWidth)));
    const bar = ' '.repeat(from) + (span.failed ? '▒' : '█').repeat(length) + ' '.repeat(barWidth - from - length);
    const duration = options.format(span.duration).padStart(8);
    return `${fit(names[index] ?? '', nameWidth)} │${bar}│${duration}${span.failed ? ' ✗' : ''}${span.note === '' ? '' : `  ${span.note}`}`.trimEnd();
  });
  if (rows.length > options.maxRows) lines.push(`… and ${rows.length - options.maxRows} more spans`);
  return `${lines.join('\n')}\n`;
}

interface Row {
  readonly span: WaterfallSpan;
  readonly prefix: string;
}

/** Depth first, children by start; a span whose parent is not there is a root. */
function inTreeOrder(spans: readonly WaterfallSpan[]): Row[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const children = new Map<string, WaterfallSpan[]>();
  for (const span of spans) {
    const parent = byId.has(span.parentSpanId) && span.parentSpanId !== span.spanId ? span.parentSpanId : '';
    children.set(parent, [...(children.get(parent) ?? []), span]);
  }
  const rows: Row[] = [];
  const visit = (parent: string, trunk: string): void => {
    const list = [...(children.get(parent) ?? [])].sort((a, b) => a.start - b.start);
    list.forEach((span, index) => {
      const last = index === list.length - 1;
      rows.push({ span, prefix: parent === '' ? '' : `${trunk}${last ? '└ ' : '├ '}` });
      visit(span.spanId, parent === '' ? '' : `${trunk}${last ? '  ' : '│ '}`);
    });
  };
  visit('', '');
  return rows;
}

function fit(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}
