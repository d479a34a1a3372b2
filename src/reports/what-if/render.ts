import { cellText } from '../render/format';
import type { WhatIfAnswer } from '../report-protocol';
import type { WhatIfRow } from './what-if';

/** What would have been, as plain text. */
export function renderWhatIf({ result, budget }: WhatIfAnswer): string {
  const lines = [`${result.total.calls} calls: ${figures(result.total)}`, ''];
  for (const row of result.byModel) lines.push(`  ${row.name}: ${figures(row)}`);
  if (result.bySession.length > 0) lines.push('', 'Sessions with the greatest difference');
  for (const row of result.bySession) lines.push(`  ${row.name}: ${figures(row)}`);
  if (result.notes.length > 0) lines.push('', ...result.notes);
  if (budget !== null) {
    const at = (instant: number | undefined): string =>
      instant === undefined ? 'not within 90 days' : `${cellText(instant, 'time')} UTC`;
    lines.push(
      '',
      `Budget: ${cellText(budget.spentUsd, 'usd')} spent, ${cellText(budget.leftUsd, 'usd')} left; used up ${at(budget.expected)}, with a chance of 80 % between ${at(budget.earliest)} and ${at(budget.latest)}.`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function figures({ before, after }: WhatIfRow): string {
  const change = before > 0 ? ` (${cellText(after / before - 1, 'change')})` : '';
  return `${cellText(before, 'usd')} -> ${cellText(after, 'usd')}${change}`;
}
