import { formatDuration } from '../base/duration';
import { METRIC_NAME } from '../domain/labels';
import type { Binary, DurationExpr, Expr, Shift, VectorMatching, VectorSelector } from './ast';
import { formatFloat } from './eval/format';
import { quote } from './syntax/strings';

/** An expression as text, in Prometheus' way of writing it; reading the text again gives the same expression. */
export function printExpr(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return printNumber(expr.value, expr.duration);
    case 'string':
      return quote(expr.value);
    case 'vector':
      return printSelector(expr) + atOf(expr) + boundaryOf(expr) + offsetOf(expr);
    case 'matrix': {
      const { selector, range } = expr;
      return `${printSelector(selector)}[${printRange(range)}]${boundaryOf(selector)}${shiftOf(selector)}`;
    }
    case 'subquery': {
      const step = expr.step === undefined ? '' : printRange(expr.step);
      return `${printExpr(expr.expr)}[${printRange(expr.range)}:${step}]${shiftOf(expr)}`;
    }
    case 'paren':
      return `(${printExpr(expr.expr)})`;
    case 'unary':
      return expr.op + printExpr(expr.expr);
    case 'binary': {
      const matching = expr.matching === undefined ? '' : printMatching(expr.matching);
      return `${printLeft(expr)} ${expr.op}${expr.bool ? ' bool' : ''}${matching} ${printExpr(expr.right)}`;
    }
    case 'call':
      return `${expr.func}(${expr.args.map(printExpr).join(', ')})`;
    case 'aggregate': {
      const grouping = expr.without || expr.grouping.length > 0 ? groupingOf(expr) : '';
      const param = expr.param === undefined ? '' : `${printExpr(expr.param)}, `;
      return `${expr.op}${grouping}(${param}${printExpr(expr.expr)})`;
    }
  }
}

/** A number's sign would be taken for the sign of the power. */
function printLeft({ op, left }: Binary): string {
  if (op !== '^' || left.kind !== 'number') return printExpr(left);
  if (left.value === Infinity) return 'Inf';
  return left.value < 0 ? `(${printExpr(left)})` : printExpr(left);
}

function groupingOf({ without, grouping }: { without: boolean; grouping: readonly string[] }): string {
  return ` ${without ? 'without' : 'by'} (${grouping.map(printLabelName).join(', ')}) `;
}

function printNumber(value: number, duration: boolean): string {
  return duration && Number.isFinite(value) ? formatDuration(value * 1000) : formatFloat(value);
}

/** A label's name, quoted where it must be. */
export function printLabelName(name: string): string {
  return /^[a-zA-Z_]\w*$/.test(name) ? name : quote(name);
}

function printSelector({ name, matchers }: Pick<VectorSelector, 'name' | 'matchers'>): string {
  const isName = (matcher: VectorSelector['matchers'][number]): boolean =>
    matcher.name === METRIC_NAME && matcher.operator === '=' && matcher.value === name && name !== '';
  const texts = matchers
    .filter((matcher) => !isName(matcher))
    .map((matcher) => `${printLabelName(matcher.name)}${matcher.operator}${quote(matcher.value)}`)
    .sort();
  return name + (texts.length > 0 || name === '' ? `{${texts.join(',')}}` : '');
}

function shiftOf(shift: Shift): string {
  return atOf(shift) + offsetOf(shift);
}

function atOf({ at }: Shift): string {
  if (at === undefined) return '';
  return typeof at === 'string' ? ` @ ${at}()` : ` @ ${(at.t / 1000).toFixed(3)}`;
}

function offsetOf({ offset }: Shift): string {
  return offset === undefined ? '' : ` offset ${printRange(offset)}`;
}

function boundaryOf({ boundary }: Pick<VectorSelector, 'boundary'>): string {
  return boundary === undefined ? '' : ` ${boundary}`;
}

function printRange(expr: DurationExpr): string {
  return expr.op === 'literal' ? formatDuration(expr.millis) : printDuration(expr);
}

/** A duration as text. */
export function printDuration(expr: DurationExpr): string {
  switch (expr.op) {
    case 'literal':
      return expr.text === '' ? formatDuration(expr.millis) : expr.text;
    case 'step':
    case 'range':
      return `${expr.op}()`;
    case 'neg':
      return `-${printDuration(expr.inner)}`;
    case 'pos':
      return `+${printDuration(expr.inner)}`;
    case 'paren':
      return `(${printDuration(expr.inner)})`;
    case 'min_of':
    case 'max_of':
      return `${expr.op}(${printDuration(expr.left)}, ${printDuration(expr.right)})`;
    default:
      return `${printDuration(expr.left)} ${expr.op} ${printDuration(expr.right)}`;
  }
}

function printMatching(matching: VectorMatching): string {
  const { cardinality, on, labels, include, fillLeft, fillRight } = matching;
  const grouped = cardinality === 'many-to-one' || cardinality === 'one-to-many';
  let text = '';
  if (labels.length > 0 || on || grouped) {
    text += ` ${on ? 'on' : 'ignoring'} (${labels.map(printLabelName).join(', ')})`;
  }
  if (grouped) {
    text += ` group_${cardinality === 'many-to-one' ? 'left' : 'right'} (${include.map(printLabelName).join(', ')})`;
  }
  if (fillLeft !== undefined && Object.is(fillLeft, fillRight)) return `${text} fill (${formatFloat(fillLeft)})`;
  if (fillLeft !== undefined) text += ` fill_left (${formatFloat(fillLeft)})`;
  if (fillRight !== undefined) text += ` fill_right (${formatFloat(fillRight)})`;
  return text;
}

/** Lines longer than this are split by `prettyExpr`. */
const LINE_WIDTH = 100;

/** An expression over several lines where one would be too long, indented as Prometheus' formatter does it. */
export function prettyExpr(expr: Expr, level = 0): string {
  const indent = '  '.repeat(level);
  const line = printExpr(expr);
  if (line.length <= LINE_WIDTH) return indent + line;
  switch (expr.kind) {
    case 'aggregate': {
      const grouping = expr.without || expr.grouping.length > 0 ? groupingOf(expr) : '';
      const param = expr.param === undefined ? '' : `${prettyExpr(expr.param, level + 1)},\n`;
      return `${indent}${expr.op}${grouping}(\n${param}${prettyExpr(expr.expr, level + 1)}\n${indent})`;
    }
    case 'binary': {
      const matching = expr.matching === undefined ? '' : printMatching(expr.matching);
      const operator = `${indent}${expr.op}${expr.bool ? ' bool' : ''}${matching}`;
      const left = expr.left.kind === 'number' ? `${indent}  ${printLeft(expr)}` : prettyExpr(expr.left, level + 1);
      return `${left}\n${operator}\n${prettyExpr(expr.right, level + 1)}`;
    }
    case 'call': {
      const args = expr.args.map((arg) => prettyExpr(arg, level + 1)).join(',\n');
      return `${indent}${expr.func}(\n${args}\n${indent})`;
    }
    case 'paren':
      return `${indent}(\n${prettyExpr(expr.expr, level + 1)}\n${indent})`;
    case 'subquery': {
      const step = expr.step === undefined ? '' : printRange(expr.step);
      return `${prettyExpr(expr.expr, level)}[${printRange(expr.range)}:${step}]${shiftOf(expr)}`;
    }
    case 'unary':
      return `${indent}${expr.op}${prettyExpr(expr.expr, level).trim()}`;
    default:
      return indent + line;
  }
}
