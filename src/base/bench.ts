/** How a benchmark reports. */
export interface BenchOptions {
  /** Only the last line matters: a JSON object of the figures. */
  readonly json: boolean;
  /** The whole size that a claim is made for; otherwise as little as shows the figures. */
  readonly full: boolean;
  /** Writes one line of the table. */
  out(line: string): void;
}

/** A benchmark that `npm run bench -- <name>` runs; figures are ratios of medians wherever two things are compared. */
export interface BenchDefinition {
  readonly name: string;
  run(options: BenchOptions): Promise<Record<string, number>>;
}
