import { SpanStatusCode } from '@opentelemetry/api';
import { messageOf } from '../../../base/errors';
import { nextTurn } from '../../../base/turn';
import type { Span } from '@opentelemetry/api';
import type { Clock, Millis } from '../../../base/clock';
import type { DisposalReport, Owned } from './owned';
import type { DisposalOutcome } from './scope-telemetry';

/** What a disposal keeps to. */
export interface DisposalLimits {
  readonly clock: Clock;
  /** For one resource. */
  readonly deadline: Millis;
  /** Aborted when nothing is to be waited for any more. */
  readonly hurry: AbortSignal;
}

/** Disposes of resources one after the other, and tells the span and `onEnd` of each; those that go meanwhile are not counted. Never rejects. */
export async function disposeOf(
  resources: readonly Owned[],
  isOwned: (resource: Owned) => boolean,
  limits: DisposalLimits,
  span: Span,
  onEnd: (outcome: DisposalOutcome) => void,
): Promise<DisposalReport> {
  let disposed = 0;
  const failed: { name: string; error: string }[] = [];
  const timedOut: string[] = [];
  for (const resource of resources) {
    if (!isOwned(resource)) continue;
    const { name, kind } = resource;
    try {
      const inner = await ended(resource, limits);
      if (inner === 'late') {
        timedOut.push(name);
        span.addEvent('resource.late', { 'telltale.resource': name });
        onEnd('late');
        continue;
      }
      if (kind !== 'scope' || typeof inner !== 'object') {
        disposed++;
        onEnd('ok');
        continue;
      }
      disposed += inner.disposed;
      failed.push(...inner.failed.map((each) => ({ ...each, name: `${name}/${each.name}` })));
      timedOut.push(...inner.timedOut.map((each) => `${name}/${each}`));
    } catch (error) {
      failed.push({ name, error: messageOf(error) });
      span.addEvent('resource.failed', { 'telltale.resource': name, 'exception.message': messageOf(error) });
      onEnd('failed');
    }
  }
  span.setAttributes({
    'telltale.scope.disposed': disposed,
    'telltale.scope.failed': failed.length,
    'telltale.scope.late': timedOut.length,
  });
  if (failed.length + timedOut.length > 0) span.setStatus({ code: SpanStatusCode.ERROR });
  return { disposed, failed, timedOut };
}

/** Scopes within hold their own resources to the deadline. */
async function ended(
  resource: Owned,
  { clock, deadline, hurry }: DisposalLimits,
): Promise<DisposalReport | void | 'late'> {
  const ending = resource.end();
  if (resource.kind === 'scope') return ending;
  let stop: () => void = () => undefined;
  const late = new Promise<'late'>((resolve) => {
    // What is done within a turn of the event loop counts even then.
    const giveUp = (): void => void nextTurn().then(() => resolve('late'));
    if (hurry.aborted) {
      giveUp();
      return;
    }
    const timer = clock.schedule(deadline, () => resolve('late'));
    hurry.addEventListener('abort', giveUp, { once: true });
    stop = () => {
      timer.cancel();
      hurry.removeEventListener('abort', giveUp);
    };
  });
  try {
    return await Promise.race([ending, late]);
  } finally {
    stop();
  }
}
