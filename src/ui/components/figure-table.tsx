import { formatTime, formatUsd, formatSeconds } from '../lib/format';
import { Link } from './link';

/** How a figure is written. */
export type FigureUnit = 'count' | 'usd' | 'seconds' | 'time' | 'share' | 'text';

/** One figure of two things that are compared. */
export interface Figure {
  readonly name: string;
  readonly unit: FigureUnit;
  readonly a: number | string | null;
  readonly b: number | string | null;
}

export interface FigureTableProps {
  readonly titles: readonly [a: string, b: string];
  readonly hrefs: readonly [a: string, b: string];
  readonly figures: readonly Figure[];
}

/** Two things by their figures, and how the second differs from the first. */
export function FigureTable({ titles, hrefs, figures }: FigureTableProps) {
  return (
    <section class="card scroll-x">
      <table class="figures">
        <thead>
          <tr>
            <th>
              <span class="visually-hidden">Figure</span>
            </th>
            {titles.map((title, index) => (
              <th key={index} class="right">
                <Link href={hrefs[index] ?? ''}>{title}</Link>
              </th>
            ))}
            <th class="right">Second against first</th>
          </tr>
        </thead>
        <tbody>
          {figures.map(({ name, unit, a, b }) => (
            <tr key={name}>
              <td class="muted">{name}</td>
              <td class={unit === 'text' ? 'right' : 'right whole'}>{figureText(a, unit)}</td>
              <td class={unit === 'text' ? 'right' : 'right whole'}>{figureText(b, unit)}</td>
              <td class="right">{unit === 'time' ? '' : changeText(a, b)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function figureText(value: number | string | null, unit: FigureUnit): string {
  if (value === null || value === '') return '–';
  if (typeof value === 'string') return value;
  switch (unit) {
    case 'usd':
      return formatUsd(value);
    case 'seconds':
      return formatSeconds(value);
    case 'time':
      return formatTime(value);
    case 'share':
      return `${(value * 100).toFixed(1)}%`;
    default:
      return value.toLocaleString('en-US');
  }
}

/** `+20%`, `2.5×`; empty where it cannot be said. */
export function changeText(a: number | string | null, b: number | string | null): string {
  if (typeof a !== 'number' || typeof b !== 'number' || a === 0 || a === b) return '';
  const ratio = b / a;
  if (ratio >= 2) return `${ratio.toFixed(1)}×`;
  const percent = Math.round((ratio - 1) * 100);
  return percent === 0 ? '' : `${percent > 0 ? '+' : '−'}${Math.abs(percent)}%`;
}
