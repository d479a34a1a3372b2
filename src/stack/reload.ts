import type { Clock, EpochMillis } from '../base/clock';
import { messageOf } from '../base/errors';
import type { Logger } from '../base/logger';
import type { StackConfig } from '../config';

/** A part that goes over to another configuration while it runs, or stays as it is and rejects. */
export interface ReloadedPart {
  readonly name: string;
  reload(config: StackConfig): Promise<unknown>;
}

/** Sections that take effect while the stack runs; a change of any other waits for a restart. */
const LIVE: readonly (keyof StackConfig)[] = [
  'alerting',
  'alertmanager',
  'rules',
  'extraRules',
  'reports',
  'directory',
];

/** Reads the configuration anew and hands it to the parts: `POST /-/reload`, SIGHUP. */
export class Reload {
  private busy: Promise<unknown> = Promise.resolve();
  private current: StackConfig;
  private outcome: { readonly at: EpochMillis; readonly successful: boolean };

  /**
   * @param started what the stack was started with.
   * @param reread reads the configuration from where it came. Throws where it is faulty.
   */
  constructor(
    private readonly started: StackConfig,
    private readonly reread: () => StackConfig,
    private readonly parts: readonly ReloadedPart[],
    private readonly logger: Logger,
    private readonly clock: Clock,
  ) {
    this.current = started;
    this.outcome = { at: clock.now(), successful: true };
  }

  /** The configuration in effect: sections that wait for a restart are as they were at the start. */
  get effective(): StackConfig {
    return this.current;
  }

  /** When a configuration was taken last or, where that failed, since when it fails. */
  get last(): { readonly at: EpochMillis; readonly successful: boolean } {
    return this.outcome;
  }

  /** Resolves with what stood in the way, part by part; empty where all took it. A faulty file changes nothing. */
  run(): Promise<string[]> {
    const work = this.busy.then(() => this.apply());
    this.busy = work;
    return work;
  }

  private async apply(): Promise<string[]> {
    let config: StackConfig;
    try {
      config = this.reread();
    } catch (error) {
      return this.told([`configuration: ${messageOf(error)}`]);
    }
    const faults: string[] = [];
    for (const { name, reload } of this.parts) {
      await reload(config).catch((error: unknown) => faults.push(`${name}: ${messageOf(error)}`));
    }
    if (faults.length === 0) this.current = withLiveSections(this.started, config);
    const waiting = changedSections(this.started, config);
    if (waiting.length > 0) this.logger.warn('changed settings wait for a restart', { sections: waiting.join(', ') });
    return this.told(faults);
  }

  private told(faults: string[]): string[] {
    this.outcome = { at: this.clock.now(), successful: faults.length === 0 };
    if (faults.length > 0) this.logger.error('failed to reload the configuration', { faults: faults.join('\n') });
    return faults;
  }
}

function withLiveSections(started: StackConfig, now: StackConfig): StackConfig {
  const live = Object.entries(now).filter(([name]) => LIVE.some((section) => section === name));
  return { ...started, ...Object.fromEntries(live) };
}

function changedSections(before: StackConfig, now: StackConfig): string[] {
  const sections = new Map(Object.entries(before));
  return Object.entries(now)
    .filter(([name]) => !LIVE.some((live) => live === name))
    .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(sections.get(name)))
    .map(([name]) => name);
}
