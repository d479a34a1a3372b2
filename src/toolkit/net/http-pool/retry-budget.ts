/** How many retries are allowed: a part of the requests, so that a failing server is not buried under them. */
export class RetryBudget {
  private tokens: number;

  /**
   * @param ratio retries per request in the long run
   * @param reserve retries allowed at first, and saved up at most
   */
  constructor(
    private readonly ratio: number,
    private readonly reserve: number,
  ) {
    this.tokens = reserve;
  }

  /** A request was made. */
  earn(): void {
    this.tokens = Math.min(this.reserve, this.tokens + this.ratio);
  }

  /** Takes one retry; false when there is none left. */
  spend(): boolean {
    // Sums of fractions may fall a hair short of one.
    if (this.tokens < 1 - 1e-9) return false;
    this.tokens--;
    return true;
  }
}
