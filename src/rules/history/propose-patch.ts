import { formatDuration } from '../../base/duration';
import type { AlertingRule } from '../file/rule-file';
import { conditionOf } from '../words/condition';
import type { SweepRow } from './backtest';

/** Lines of context in a patch. */
const CONTEXT = 2;

/**
 * A unified diff that gives a rule another threshold and hold; undefined where nothing changes, or where the threshold
 * cannot be found in the text.
 * @param text the rule file as it is written.
 */
export function proposePatch(
  file: string,
  text: string,
  rule: AlertingRule,
  proposal: Pick<SweepRow, 'threshold' | 'holdFor'>,
): string | undefined {
  const old = text.split('\n');
  const lines = [...old];
  const from = rule.at.line - 1;
  const to = endOfRule(lines, from);
  const condition = conditionOf(rule);
  if (condition !== undefined && proposal.threshold !== condition.threshold) {
    const found =
      rule.kind === undefined
        ? inExpression(lines, from, to, condition.threshold, proposal.threshold)
        : inKind(lines, from, to, rule.kind.threshold, proposal.threshold / condition.threshold);
    if (found === undefined) return undefined;
    lines[found.line] = found.text;
  }
  let shift = 0;
  if (proposal.holdFor !== rule.holdFor) {
    const value = formatDuration(proposal.holdFor);
    const held = lines.findIndex((line, index) => index >= from && index < to && /^\s*(?:- )?for:/.test(line));
    if (held >= 0) lines[held] = (lines[held] ?? '').replace(/for:\s*\S+/, `for: ${value}`);
    else {
      const first = lines[from] ?? '';
      const indent = ' '.repeat(Math.max(first.search(/\S/), 0) + (first.trimStart().startsWith('- ') ? 2 : 0));
      lines.splice(from + 1, 0, `${indent}for: ${value}`);
      shift = 1;
    }
  }
  return diff(file, old, lines, from, to, shift);
}

/** The line after the rule's last. */
function endOfRule(lines: readonly string[], from: number): number {
  const indent = (lines[from] ?? '').search(/\S/);
  for (let index = from + 1; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const at = line.search(/\S/);
    if (at >= 0 && (at < indent || (at === indent && line[at] === '-'))) return index;
  }
  return lines.length;
}

interface FoundLine {
  readonly line: number;
  readonly text: string;
}

/** The threshold behind (or before) a comparison, where it is there once. */
function inExpression(
  lines: readonly string[],
  from: number,
  to: number,
  threshold: number,
  wanted: number,
): FoundLine | undefined {
  const pattern = /(?<=(?:[<>]=?|[=!]=)\s*)[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.[])/g;
  const found: FoundLine[] = [];
  for (let line = from; line < to; line += 1) {
    const text = lines[line] ?? '';
    for (const match of text.matchAll(pattern)) {
      if (Number(match[0]) !== threshold) continue;
      found.push({
        line,
        text: `${text.slice(0, match.index)}${wanted}${text.slice(match.index + match[0].length)}`,
      });
    }
  }
  return found.length === 1 ? found[0] : undefined;
}

/** The threshold of a kind, scaled in the unit it is written in. */
function inKind(
  lines: readonly string[],
  from: number,
  to: number,
  written: string | undefined,
  factor: number,
): FoundLine | undefined {
  if (written === undefined) return undefined;
  const amount = /\d+(?:\.\d+)?/.exec(written);
  if (amount === null || /^\d+[a-z]+\d/.test(written)) return undefined;
  const scaled = Number((Number(amount[0]) * factor).toPrecision(6));
  const wanted = `${written.slice(0, amount.index)}${scaled}${written.slice(amount.index + amount[0].length)}`;
  const found: FoundLine[] = [];
  for (let line = from; line < to; line += 1) {
    const text = lines[line] ?? '';
    const match = /^(\s*[\w"']+:\s*["']?)(.*?)(["']?\s*(?:#.*)?)$/.exec(text);
    if (match?.[2] === written) found.push({ line, text: `${match[1]}${wanted}${match[3]}` });
  }
  return found.length === 1 ? found[0] : undefined;
}

/** One hunk around the rule; undefined where nothing differs. */
function diff(
  file: string,
  old: readonly string[],
  now: readonly string[],
  from: number,
  to: number,
  shift: number,
): string | undefined {
  const changed: { index: number; removed: string | undefined; added: string }[] = [];
  for (let index = from; index < to; index += 1) {
    const inserted = shift === 1 && index === from + 1;
    if (inserted) changed.push({ index, removed: undefined, added: now[index] ?? '' });
    const [before, after] = [old[index] ?? '', now[index > from ? index + shift : index] ?? ''];
    if (before !== after) changed.push({ index, removed: before, added: after });
  }
  const [first, last] = [changed[0], changed.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const start = Math.max(0, first.index - CONTEXT);
  const end = Math.min(old.length, last.index + 1 + CONTEXT);
  const body: string[] = [];
  for (let index = start; index < end; index += 1) {
    const here = changed.filter((change) => change.index === index);
    for (const { removed, added } of here) if (removed === undefined) body.push(`+${added}`);
    const replaced = here.find(({ removed }) => removed !== undefined);
    if (replaced === undefined) body.push(` ${old[index] ?? ''}`);
    else body.push(`-${old[index] ?? ''}`, `+${replaced.added}`);
  }
  const count = end - start;
  return [
    `--- a/${file}`,
    `+++ b/${file}`,
    `@@ -${start + 1},${count} +${start + 1},${count + shift} @@`,
    ...body,
    '',
  ].join('\n');
}
