import { Level } from './level';
import { SuccessRecord } from './success-record';
import type { Millis } from '../../../base/clock';
import type { Decay } from './decay';
import type { ModelOutcome } from './types';

/** What is believed of a model before any outcome is seen. */
export interface ModelBelief {
  readonly success: number;
  readonly quality: number;
  readonly latency: Millis;
}

/** What is known of one model: its success, how good and how quick its answers are, what they cost beside the list price. */
export class ModelStatistics {
  readonly success: SuccessRecord;
  readonly quality: Level;
  /** Natural logarithm of milliseconds, since latencies are spread by factors. */
  readonly latency: Level;
  /** Natural logarithm of what calls cost over what they were expected to. */
  readonly price: Level;
  private seenCalls = 0;
  private seenAt: Millis = 0;

  constructor(belief: ModelBelief) {
    this.success = new SuccessRecord(belief.success);
    this.quality = new Level({ mean: belief.quality, spread: 0.2, step: 0.15 });
    this.latency = new Level({ mean: Math.log(belief.latency), spread: 0.5, step: 0.35 });
    this.price = new Level({ mean: 0, spread: 0.3, step: 0.25 });
  }

  /** Forgets up to now; `calls` counts the outcomes of all models. */
  fade(calls: number, at: Millis, decay: Decay): void {
    const since = calls - this.seenCalls;
    const passed = at - this.seenAt;
    this.seenCalls = calls;
    this.seenAt = at;
    for (const part of [this.success, this.quality, this.latency, this.price]) part.fade(since, passed, decay);
  }

  /** Learns from an outcome; call `fade` before. Returns in what it took the model for changed. */
  observe({ ok, latency, quality, costUsd }: ModelOutcome, expectedCostUsd?: number): readonly string[] {
    const changed: string[] = [];
    if (this.success.observe(ok)) changed.push('success');
    if (ok && quality !== undefined && this.quality.observe(Math.min(1, Math.max(0, quality)))) changed.push('quality');
    // A failure that comes quickly says nothing about answers; one that took long does.
    const tells = latency !== undefined && latency > 0 && (ok || Math.log(latency) > this.latency.meanAround());
    if (tells && this.latency.observe(Math.log(latency))) changed.push('latency');
    if (costUsd !== undefined && costUsd > 0 && expectedCostUsd !== undefined && expectedCostUsd > 0) {
      if (this.price.observe(Math.log(costUsd / expectedCostUsd))) changed.push('cost');
    }
    return changed;
  }
}
