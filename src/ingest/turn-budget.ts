import type { Clock, Millis } from '../base/clock';
import { nextTurn } from '../base/turn';

/**
 * Spreads work over turns of the event loop: once the work begun in one turn has taken its share, what wants to begin next
 * waits for another turn, so that requests arriving together do not hold up everything else.
 */
export class TurnBudget {
  private turnBegan: Millis | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly share: Millis,
  ) {}

  /** Resolves when work may begin. */
  async enter(): Promise<void> {
    for (;;) {
      const now = this.clock.elapsed();
      if (this.turnBegan === undefined) {
        this.turnBegan = now;
        void nextTurn().then(() => (this.turnBegan = undefined));
        return;
      }
      if (now - this.turnBegan < this.share) return;
      await nextTurn();
    }
  }
}
