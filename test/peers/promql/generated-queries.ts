/** A stream of pseudo-random numbers that is the same on every run (mulberry32). */
export class SeededRandom {
  constructor(private state: number) {}

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }
}

/** A series of generated data; times in milliseconds. */
export interface GeneratedSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [t: number, value: number])[];
}

/** When the generated data begins, and how long it goes on. */
export const DATA_START = 1_700_000_000_000;
export const DATA_LENGTH = 3_600_000;

/** Counters with resets and gaps, gauges with odd values, classic histograms with their mistakes. */
export function generateData(random: SeededRandom): GeneratedSeries[] {
  const all: GeneratedSeries[] = [];
  const times = (interval: number): number[] => {
    const list: number[] = [];
    const from = random.below(interval);
    const gapAt = random.below(10) < 3 ? random.below(DATA_LENGTH) : -1;
    for (let t = from; t < DATA_LENGTH; t += interval) {
      if (gapAt >= 0 && t > gapAt && t < gapAt + 600_000) continue;
      list.push(DATA_START + t + (random.below(4) === 0 ? random.below(200) : 0));
    }
    return list;
  };
  for (const job of ['api', 'web', 'batch']) {
    for (const instance of ['0', '1', '2', '3']) {
      const labels = { job, instance };
      let total = 0;
      const requests = times(15_000).map((t) => {
        if (random.below(60) === 0) total = 0;
        total += random.below(50);
        return [t, total] as const;
      });
      all.push({
        name: 'http_requests_total',
        labels: { ...labels, code: random.pick(['200', '500']) },
        points: requests,
      });
      const memory = times(30_000).map((t) => [t, random.next() * 1e9 - 2e8] as const);
      all.push({ name: 'memory_bytes', labels, points: memory });
      const odd = times(60_000).map((t) => {
        const value = [NaN, Infinity, -Infinity, 0, -0, 1e-300, 1e300][random.below(40)] ?? random.next() * 10;
        return [t, value] as const;
      });
      all.push({ name: 'odd_values', labels, points: odd });
      const counts = [0, 0, 0, 0, 0];
      const bounds = ['0.1', '0.5', '1', '5', '+Inf'];
      const buckets: [number, number][][] = bounds.map(() => []);
      for (const t of times(30_000)) {
        for (let i = 0; i < counts.length; i++) {
          const added = random.below(4);
          for (let j = i; j < counts.length; j++) counts[j] = (counts[j] ?? 0) + added;
          buckets[i]?.push([t, counts[i] ?? 0]);
        }
      }
      // The counts of one time, all of them after the last addition.
      bounds.forEach((le, i) => {
        const points = (buckets[i] ?? []).map(([t, value]) => [t, value] as const);
        all.push({ name: 'latency_seconds_bucket', labels: { ...labels, le }, points });
      });
    }
  }
  all.push({
    name: 'build_info',
    labels: { version: '1', job: 'api' },
    points: times(60_000).map((t) => [t, 1] as const),
  });
  all.push({ name: 'limit_bytes', labels: { job: 'api' }, points: times(60_000).map((t) => [t, 5e8] as const) });
  all.push({ name: 'limit_bytes', labels: { job: 'web' }, points: times(60_000).map((t) => [t, 2e8] as const) });
  return all;
}

/** A query and when to ask it; without step at `end` alone. */
export interface GeneratedQuery {
  readonly expr: string;
  readonly start: number;
  readonly end: number;
  readonly step: number | undefined;
}

/** Queries over the generated data. */
export class QueryGenerator {
  constructor(private readonly random: SeededRandom) {}

  next(): GeneratedQuery {
    const { random } = this;
    const expr = random.below(12) === 0 ? this.scalar(2) : this.vector(1 + random.below(3));
    const end = DATA_START + random.below(DATA_LENGTH + 400_000);
    if (random.below(3) !== 0) return { expr, start: end, end, step: undefined };
    const step = random.pick([15_000, 60_000, 77_000, 300_000]);
    return { expr, start: end - step * random.below(12), end, step };
  }

  private duration(): string {
    return this.random.pick(['30s', '1m', '2m', '5m', '10m', '1h', '90s', '61s']);
  }

  private matchers(): string {
    return this.random.pick([
      '',
      '{job="api"}',
      '{job=~"api|web"}',
      '{job!="api"}',
      '{instance=~"[12]"}',
      '{job!~"b.*",instance="0"}',
      '{nothing=""}',
      '{job="gone"}',
    ]);
  }

  private shift(): string {
    const { random } = this;
    const seconds = DATA_START / 1000 + random.below(DATA_LENGTH / 1000);
    return random.pick([
      '',
      '',
      '',
      '',
      ' offset 1m',
      ' offset -2m',
      ` @ ${seconds}`,
      ' @ start()',
      ' @ end() offset 30s',
    ]);
  }

  private counter(): string {
    return `http_requests_total${this.matchers()}`;
  }

  private gauge(): string {
    return this.random.pick(['memory_bytes', 'odd_values', 'memory_bytes']) + this.matchers();
  }

  private selector(): string {
    return this.random.below(2) === 0 ? this.counter() : this.gauge();
  }

  private window(selector: string): string {
    return `${selector}[${this.duration()}]${this.shift()}`;
  }

  private range(depth: number): string {
    if (depth > 0 && this.random.below(4) === 0) {
      const step = this.random.pick(['', '30s', '1m', '45s']);
      return `(${this.vector(depth - 1)})[${this.random.pick(['5m', '10m', '3m'])}:${step}]${this.shift()}`;
    }
    return this.window(this.selector());
  }

  private scalar(depth: number): string {
    const { random } = this;
    const leaf = random.pick(['1', '0.5', '2', '-3', '1e3', 'time()', 'NaN', 'Inf', 'pi()', '5m', '0x10']);
    if (depth === 0) return leaf;
    switch (random.below(6)) {
      case 0:
        return `scalar(${this.vector(depth - 1)})`;
      case 1:
        return `(${this.scalar(depth - 1)} ${random.pick(['+', '-', '*', '/', '%', '^'])} ${this.scalar(depth - 1)})`;
      case 2:
        return `(${this.scalar(depth - 1)} ${random.pick(['==', '<', '>='])} bool ${this.scalar(depth - 1)})`;
      case 3:
        return `-${leaf}`;
      default:
        return leaf;
    }
  }

  private grouping(): string {
    return this.random.pick([
      '',
      ' by (job)',
      ' by (job, instance)',
      ' without (instance)',
      ' by (nothing)',
      ' without (job, code)',
    ]);
  }

  private vector(depth: number): string {
    const { random } = this;
    if (depth === 0) return this.selector() + this.shift();
    switch (random.below(14)) {
      case 0:
        return `${random.pick(['rate', 'increase', 'irate', 'resets', 'changes', 'delta', 'idelta'])}(${this.window(this.counter())})`;
      case 1:
      case 2:
        return `${random.pick([
          'sum_over_time',
          'avg_over_time',
          'min_over_time',
          'max_over_time',
          'count_over_time',
          'last_over_time',
          'present_over_time',
          'stddev_over_time',
          'stdvar_over_time',
          'deriv',
          'absent_over_time',
          'mad_over_time',
          'rate',
          'delta',
        ])}(${this.range(depth)})`;
      case 3:
        return random.pick([
          `quantile_over_time(${random.pick(['0.5', '0.9', '0', '1.5'])}, ${this.range(depth)})`,
          `predict_linear(${this.window(this.gauge())}, ${random.pick(['60', '3600'])})`,
          `double_exponential_smoothing(${this.window(this.gauge())}, 0.3, 0.6)`,
        ]);
      case 4:
      case 5:
        return `${random.pick(['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar'])}${this.grouping()} (${this.vector(depth - 1)})`;
      case 6:
        return random.pick([
          `quantile${this.grouping()} (${random.pick(['0.25', '0.9', '-1'])}, ${this.vector(depth - 1)})`,
          `${random.pick(['topk', 'bottomk'])}${this.grouping()} (${random.pick(['1', '2', '3'])}, memory_bytes${this.matchers()})`,
          `count_values${this.grouping()} ("value", ${this.vector(depth - 1)})`,
          `limit_ratio${this.grouping()} (${random.pick(['0.5', '-0.3', '0.9'])}, ${this.vector(depth - 1)})`,
        ]);
      case 7:
        return `${random.pick(['abs', 'ceil', 'floor', 'exp', 'sqrt', 'ln', 'log2', 'log10', 'sgn', 'atan', 'tanh', 'deg', 'rad', 'timestamp', 'hour', 'minute', 'day_of_week', 'month', 'year', 'days_in_month', 'day_of_year', 'sort', 'absent'])}(${this.vector(depth - 1)})`;
      case 8:
        return random.pick([
          `round(${this.vector(depth - 1)}, ${random.pick(['0.1', '10', '5'])})`,
          `clamp(${this.vector(depth - 1)}, ${random.pick(['0', '-5', '20'])}, 10)`,
          `clamp_min(${this.vector(depth - 1)}, ${this.scalar(1)})`,
          `clamp_max(${this.vector(depth - 1)}, ${this.scalar(1)})`,
          `vector(${this.scalar(depth - 1)})`,
          `-${this.vector(depth - 1)}`,
          `label_replace(${this.vector(depth - 1)}, "where", "$1-x", "job", "(.*)i")`,
          `label_join(${this.vector(depth - 1)}, "both", "/", "job", "instance")`,
        ]);
      case 9:
        return random.pick([
          `histogram_quantile(${random.pick(['0.5', '0.99', '0', '1', '-1', 'NaN'])}, ${this.buckets()})`,
          `histogram_fraction(${random.pick(['0', '0.2', '-Inf'])}, ${random.pick(['0.7', '3', '+Inf'])}, ${this.buckets()})`,
        ]);
      case 10:
        return `${this.vector(depth - 1)} ${random.pick(['+', '-', '*', '/', '%', '^', '==', '!=', '<', '>', '<=', '>='])} ${this.scalar(depth - 1)}`;
      case 11:
        return `${this.scalar(1)} ${random.pick(['+', '-', '*', '/', '^', '> bool', '==', '!= bool', '<'])} ${this.vector(depth - 1)}`;
      case 12: {
        const op = random.pick(['+', '-', '*', '/', '==', '!=', '> bool', '<', 'and', 'or', 'unless', 'atan2', '%']);
        const set = op === 'and' || op === 'or' || op === 'unless';
        const matching = random.pick(['', ' on (job, instance)', ' ignoring (code)', ' on (job)', ' on ()']);
        return set || random.below(2) === 0
          ? `(${this.vector(depth - 1)}) ${op}${matching} (${this.vector(depth - 1)})`
          : `${this.gauge()} ${op} on (job) group_left ${random.pick(['', '(version) '])}limit_bytes`;
      }
      default:
        return this.selector() + this.shift();
    }
  }

  private buckets(): string {
    const { random } = this;
    const source = `latency_seconds_bucket${this.matchers()}`;
    return random.pick([
      source,
      `rate(${source}[${this.duration()}])`,
      `sum by (le) (rate(${source}[5m]))`,
      `sum by (le, job) (${source})`,
      `increase(${source}[10m])`,
    ]);
  }
}
