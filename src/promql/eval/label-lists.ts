import type { Labels } from '../../domain/labels';

/** So many selections are remembered. */
const CAPACITY = 10_000;

/**
 * The last list of labels that each selection gave: expressions that select the same share one list, and with it all that
 * hangs on its identity. Lists go when no expression has them any more.
 */
export class LabelLists {
  private readonly bySelection = new Map<string, WeakRef<readonly Labels[]>>();

  get(selection: string): readonly Labels[] | undefined {
    return this.bySelection.get(selection)?.deref();
  }

  set(selection: string, labels: readonly Labels[]): void {
    if (this.bySelection.size >= CAPACITY) this.bySelection.clear();
    this.bySelection.set(selection, new WeakRef(labels));
  }
}
