import type { Clock, Millis } from '../../../base/clock';
import { Ticker } from '../../../base/ticker';

/** Tells the demo's story: one line per phase, a moving line while something is awaited. */
export class Narrator {
  private readonly began: Millis;

  constructor(
    private readonly clock: Clock,
    private readonly out: (text: string) => void,
    private readonly interactive: boolean,
  ) {
    this.began = clock.elapsed();
  }

  /** A heading. */
  heading(text: string): void {
    this.out(`\n${this.bold(text)}\n`);
  }

  /** One line of the account, with the seconds since the start. */
  say(text: string): void {
    this.out(`${this.dim(this.stamp())}  ${text}\n`);
  }

  /** Text as it is, set off by two spaces. */
  quote(text: string): void {
    this.out(`${text.replace(/^(?=.)/gm, '        ')}\n`);
  }

  /**
   * Runs a wait and shows that something happens: a line that renews itself on a terminal, one line per five seconds
   * elsewhere.
   */
  async during<T>(describe: () => string, work: Promise<T>): Promise<T> {
    const period = this.interactive ? 250 : 5000;
    const ticker = new Ticker(this.clock, period, () => {
      this.out(
        this.interactive
          ? `\r\u001b[K${this.dim(this.stamp())}  ${this.dim(`… ${describe()}`)}`
          : `${this.stamp()}  … ${describe()}\n`,
      );
    });
    ticker.start();
    try {
      return await work;
    } finally {
      ticker.stop();
      if (this.interactive) this.out('\r\u001b[K');
    }
  }

  bold(text: string): string {
    return this.interactive ? `\u001b[1m${text}\u001b[0m` : text;
  }

  private dim(text: string): string {
    return this.interactive ? `\u001b[2m${text}\u001b[0m` : text;
  }

  private stamp(): string {
    return `${((this.clock.elapsed() - this.began) / 1000).toFixed(1).padStart(5)}s`;
  }
}
