import type { EpochMillis } from '../../base/clock';

/** One measurement of one operation. */
export interface Measurement {
  readonly t: EpochMillis;
  readonly value: number;
  /** Empty where no trace shows it. */
  readonly traceId: string;
}

/** All measurements of one thing on one side. */
export interface MeasuredGroup {
  readonly name: string;
  /** `duration`, `time to first token`, `failures` (0 or 1 each), `cost`, or what a file calls it. */
  readonly measure: string;
  /** Empty where it belongs to no stage. */
  readonly stage: string;
  readonly points: Measurement[];
}

/** Measurements on one side of a comparison, by name and measure. */
export class MeasuredSide {
  private readonly groups = new Map<string, MeasuredGroup>();
  /** Sentences: what is missing or only a part. */
  readonly gaps: string[] = [];

  constructor(readonly name: string) {}

  add(name: string, measure: string, stage: string, point: Measurement): void {
    const key = `${measure}\n${name}`;
    const group = this.groups.get(key);
    if (group === undefined) this.groups.set(key, { name, measure, stage, points: [point] });
    else group.points.push(point);
  }

  get(key: string): MeasuredGroup | undefined {
    return this.groups.get(key);
  }

  keys(): string[] {
    return [...this.groups.keys()];
  }
}
