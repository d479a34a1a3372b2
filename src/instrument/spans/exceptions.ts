import { GEN_AI_EVENTS } from '../../domain/gen-ai';
import { settings } from '../settings';
import { emitEvent } from './log-events';
import type { EventValue } from './log-events';
import type { Stage } from '../../domain/stage';
import type { Span } from '@opentelemetry/api';

/**
 * Describes a failure where `exceptions` of the settings says: on the span, in a log record, or both. Where no SDK takes
 * log records it goes to the span, lest it be lost; a record is written for spans that are not sampled too.
 */
export function recordException(span: Span | undefined, stage: Stage | undefined, error: unknown): void {
  const { exceptions } = settings();
  const logged =
    exceptions !== 'span' &&
    emitEvent({
      name: eventName(stage),
      severity: 'warn',
      attributes: describe(error),
      span: span?.spanContext(),
    });
  if (logged && exceptions === 'log') return;
  if (span?.isRecording() === true) span.recordException(error instanceof Error ? error : String(error));
}

function eventName(stage: Stage | undefined): string {
  if (stage === 'inference') return GEN_AI_EVENTS.exception;
  if (stage === 'tool' && settings().semconv !== 'v1.41') return GEN_AI_EVENTS.toolException;
  return 'exception';
}

function describe(error: unknown): Record<string, EventValue> {
  if (!(error instanceof Error)) return { 'exception.message': String(error) };
  return {
    'exception.type': error.name,
    'exception.message': error.message,
    ...(error.stack === undefined ? {} : { 'exception.stacktrace': error.stack }),
  };
}
