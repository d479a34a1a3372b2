import { cellText } from '../render/format';
import type { ReportUnit } from '../report';
import type { Comparison, Finding, Outcome } from './compare';

const WORDS: Readonly<Record<Outcome, string>> = {
  regression: 'REGRESSION',
  improvement: 'improved',
  same: 'no difference',
  unclear: 'too few measurements to tell',
};
const MOST_SAME = 10;

/** A comparison as plain text. */
export function renderComparison(comparison: Comparison): string {
  const { findings } = comparison;
  const lines = [
    `baseline   ${comparison.baseline}`,
    `candidate  ${comparison.candidate}`,
    '',
    `${WORDS[comparison.verdict]}${comparison.stage === null ? '' : `; most of it in the stage ${comparison.stage}`}`,
  ];
  const told = findings.filter(({ outcome }) => outcome === 'regression' || outcome === 'improvement');
  const others = findings.filter((finding) => !told.includes(finding));
  for (const finding of told) lines.push('', ...paragraph(finding));
  if (others.length > 0) lines.push('');
  for (const finding of others.slice(0, MOST_SAME))
    lines.push(
      `${finding.name}, ${finding.measure}: ${WORDS[finding.outcome]} (would see ${signed(finding.detectable, finding)})`,
    );
  if (others.length > MOST_SAME) lines.push(`and ${others.length - MOST_SAME} more without a difference`);
  if (comparison.notes.length > 0) lines.push('', ...comparison.notes);
  return `${lines.join('\n')}\n`;
}

function paragraph(finding: Finding): string[] {
  const unit = unitOf(finding);
  const { baseline, candidate } = finding;
  const at = finding.measure.endsWith('percentile')
    ? 'p95'
    : finding.measure === 'failures' || finding.measure === 'cost'
      ? 'mean'
      : 'p50';
  const shown: readonly ('mean' | 'p50' | 'p95')[] = at === 'p95' ? [at] : [at, 'p95'];
  return [
    `${WORDS[finding.outcome]}: ${finding.name}, ${finding.measure}${finding.stage === '' ? '' : ` [${finding.stage}]`}`,
    `  ${signed(finding.effect, finding)} (${signed(finding.low, finding)} to ${signed(finding.high, finding)}; p ${finding.p < 1e-6 ? 'below 0.000001' : finding.p.toPrecision(2)}, adjusted)`,
    `  ${shown.map((figure) => `${figure} ${cellText(baseline[figure], unit)} -> ${cellText(candidate[figure], unit)}`).join(', ')}; ${baseline.count} and ${candidate.count} measured`,
    ...(finding.trend ? ['  a trend over both sides was taken out'] : []),
    ...(finding.traces.baseline.length > 0 ? [`  before: ${finding.traces.baseline.join(' ')}`] : []),
    ...(finding.traces.candidate.length > 0 ? [`  after:  ${finding.traces.candidate.join(' ')}`] : []),
  ];
}

function signed(value: number, { measure }: Finding): string {
  const text = `${value > 0 ? '+' : ''}${(100 * value).toFixed(1)} %`;
  return measure === 'failures' ? `${text} points` : text;
}

function unitOf({ measure }: Finding): ReportUnit {
  if (measure === 'failures') return 'ratio';
  if (measure === 'cost') return 'usd';
  return measure.startsWith('duration') || measure.startsWith('time') ? 'ms' : 'count';
}
