import { configureInstrumentation } from '../settings';
import { wordFrom } from './environment';
import type { TelemetryEnvironment } from './environment';
import type { ContentCapture, ExceptionSignal } from '../settings';

/** `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`, in both of the forms that instrumentations use. */
const CAPTURES: Readonly<Record<string, ContentCapture>> = {
  true: 'span',
  false: 'off',
  no_content: 'off',
  span_only: 'span',
  event_only: 'event',
  span_and_event: 'both',
};

/** `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN`. */
const EXCEPTIONS: Readonly<Record<string, ExceptionSignal>> = { logs: 'log', 'logs/dup': 'both' };

/**
 * `OTEL_EXEMPLAR_FILTER`. An exemplar of ours points at a span that is kept, so `always_on` has no more than
 * `trace_based`.
 */
const EXEMPLARS: Readonly<Record<string, 'on' | 'off'>> = { always_on: 'on', trace_based: 'on', always_off: 'off' };

/** Puts into force what the environment says of how the instrumentation writes; what it does not say stays. */
export function applyEnvironment(environment: TelemetryEnvironment): void {
  const captureContent = wordFrom(environment, 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT', CAPTURES);
  const exceptions = wordFrom(environment, 'OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN', EXCEPTIONS);
  const exemplars = wordFrom(environment, 'OTEL_EXEMPLAR_FILTER', EXEMPLARS);
  if (captureContent === undefined && exceptions === undefined && exemplars === undefined) return;
  configureInstrumentation({
    ...(captureContent === undefined ? {} : { captureContent }),
    ...(exceptions === undefined ? {} : { exceptions }),
    ...(exemplars === undefined ? {} : { exemplars: exemplars === 'on' }),
  });
}
