import type uPlot from 'uplot';
import { navigate } from '../lib/location';

/** A point of a chart that leads somewhere, such as an exemplar to its trace. */
export interface ChartMark {
  /** Seconds since the epoch. */
  readonly time: number;
  readonly value: number;
  /** Says where it leads and what its value is. */
  readonly title: string;
  /** Within the application. */
  readonly href: string;
}

/**
 * Lays marks over a plot as links: they can be clicked, opened in another tab, and reached by the Tab key, after which the arrow
 * keys lead from one to the next. A value beyond the axis stands at its edge.
 */
export class ChartMarks {
  private readonly layer = document.createElement('div');
  private readonly links = new Map<string, HTMLAnchorElement>();

  constructor(private readonly plot: uPlot) {
    this.layer.className = 'chart-marks';
    this.layer.addEventListener('keydown', (event) => this.move(event));
    plot.over.append(this.layer);
  }

  /** Puts the marks where their times and values are on the plot's present axes. */
  show(marks: readonly ChartMark[]): void {
    const { clientWidth: width, clientHeight: height } = this.plot.over;
    const kept = new Set<string>();
    for (const mark of marks) {
      const left = this.plot.valToPos(mark.time, 'x');
      const top = Math.max(0, Math.min(height, this.plot.valToPos(mark.value, 'y')));
      if (!(left >= 0 && left <= width)) continue;
      kept.add(mark.href);
      const link = this.linkTo(mark.href);
      link.title = mark.title;
      link.setAttribute('aria-label', mark.title);
      link.style.left = `${left}px`;
      link.style.top = `${top}px`;
    }
    for (const [href, link] of this.links) {
      if (kept.has(href)) continue;
      link.remove();
      this.links.delete(href);
    }
    this.keepOneTabStop();
  }

  /** The one there is, so that it keeps the focus while the chart is renewed. */
  private linkTo(href: string): HTMLAnchorElement {
    const known = this.links.get(href);
    if (known !== undefined) return known;
    const link = document.createElement('a');
    link.className = 'chart-mark';
    link.href = href;
    // Else the browser drags the link where the plot's zoom was meant.
    link.draggable = false;
    link.addEventListener('click', (event) => {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      navigate(href);
    });
    this.links.set(href, link);
    this.layer.append(link);
    return link;
  }

  /** In the order of time. */
  private inOrder(): HTMLAnchorElement[] {
    return [...this.links.values()].sort((a, b) => parseFloat(a.style.left) - parseFloat(b.style.left));
  }

  private keepOneTabStop(): void {
    const links = this.inOrder();
    const stop = links.find((link) => link === document.activeElement) ?? links.at(-1);
    for (const link of links) link.tabIndex = link === stop ? 0 : -1;
  }

  private move(event: KeyboardEvent): void {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const links = this.inOrder();
    const next = links[links.findIndex((link) => link === document.activeElement) + step];
    if (step === 0 || next === undefined) return;
    event.preventDefault();
    next.focus();
    this.keepOneTabStop();
  }
}
