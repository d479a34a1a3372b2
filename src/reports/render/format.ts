import type { Recommendation, ReportCell, ReportUnit } from '../report';

/** A cell as people read it; an em dash where nothing is known. */
export function cellText(cell: ReportCell, unit: ReportUnit): string {
  if (cell === null) return '—';
  if (typeof cell === 'string') return cell;
  switch (unit) {
    case 'ms':
      return durationText(cell);
    case 'usd':
      return `$${Math.abs(cell) >= 0.1 || cell === 0 ? cell.toFixed(2) : cell.toPrecision(2)}`;
    case 'ratio':
      return `${trim((100 * cell).toFixed(Math.abs(cell) < 0.1 ? 2 : 1))} %`;
    case 'change':
      // `+1071.7 %` says less than `11.7 times`.
      return cell >= 9 ? `${trim((1 + cell).toFixed(cell < 99 ? 1 : 0))} times` : signed(cell);
    case 'perSecond':
      return rateText(cell);
    case 'time':
      return new Date(cell).toISOString().slice(0, 19).replace('T', ' ');
    default:
      return compact(cell);
  }
}

function signed(share: number): string {
  const text = (100 * share).toFixed(1);
  return `${share > 0 && text !== '0.0' ? '+' : ''}${text === '-0.0' ? '0.0' : text} %`;
}

/** How often, in the unit of time that gives a number people can picture. */
function rateText(perSecond: number): string {
  if (perSecond >= 1 || perSecond === 0) return `${compact(perSecond)}/s`;
  return perSecond >= 1 / 60 ? `${compact(perSecond * 60)}/min` : `${compact(perSecond * 3_600)}/h`;
}

/** What a recommendation would have spared, and how sure that is. */
export function savingText({ savingUsd, savingMs, confidence }: Recommendation): string {
  const spared = [
    ...(savingUsd === undefined ? [] : [cellText(savingUsd, 'usd')]),
    ...(savingMs === undefined ? [] : [`${durationText(savingMs)} of waiting`]),
  ];
  return `${spared.length === 0 ? 'saving unknown' : `saves ${spared.join(' and ')}`}, ${confidence} confidence`;
}

/** A length of time in the unit that suits it. */
export function durationText(ms: number): string {
  const size = Math.abs(ms);
  if (size < 1000) return `${trim(ms.toFixed(size < 10 ? 2 : 0))} ms`;
  if (size < 120_000) return `${trim((ms / 1000).toFixed(2))} s`;
  if (size < 7_200_000) return `${trim((ms / 60_000).toFixed(1))} min`;
  return `${trim((ms / 3_600_000).toFixed(1))} h`;
}

/** From when to when, in UTC. */
export function periodText({ start, end }: { readonly start: number; readonly end: number }): string {
  const minute = (at: number): string => cellText(at, 'time').replace(/:00$/, '');
  return `${minute(start)} to ${minute(end)} UTC`;
}

function compact(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return `${trim((value / 1e9).toFixed(2))}G`;
  if (size >= 1e6) return `${trim((value / 1e6).toFixed(2))}M`;
  if (size >= 1e4) return `${trim((value / 1e3).toFixed(1))}k`;
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}

function trim(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
