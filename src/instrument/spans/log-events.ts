import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { settings } from '../settings';
import type { Context, SpanContext } from '@opentelemetry/api';

/** Where all copies of the OpenTelemetry logs API of a process keep the provider: a function that gives it by version. */
const LOGS: unique symbol = Symbol.for('io.opentelemetry.js.api.logs');
const LOGS_VERSION = 1;

/** A value that a log record carries in structured form. */
export type EventValue =
  string | number | boolean | null | readonly EventValue[] | { readonly [key: string]: EventValue };

/** The severities we use, by OTLP number. */
const SEVERITIES = { info: [9, 'INFO'], warn: [13, 'WARN'], error: [17, 'ERROR'] } as const;

/** An event: a log record with a name. */
export interface LogEvent {
  readonly name: string;
  readonly severity: keyof typeof SEVERITIES;
  readonly attributes: Readonly<Record<string, EventValue>>;
  /** The span it belongs to. */
  readonly span: SpanContext | undefined;
}

/** What we need of the SDK's logger. */
interface Logger {
  emit(record: {
    readonly eventName: string;
    readonly timestamp: number;
    readonly severityNumber: number;
    readonly severityText: string;
    readonly attributes: Readonly<Record<string, EventValue>>;
    readonly context: Context;
  }): void;
}

interface LoggerProvider {
  getLogger(name: string): Logger;
}

const globals: typeof globalThis & { readonly [LOGS]?: (version: number) => LoggerProvider } = globalThis;

let bound: { readonly provider: LoggerProvider; readonly logger: Logger } | undefined;

/** The log provider that an SDK installed; undefined while none is. */
export function installedLogs(): object | undefined {
  return globals[LOGS]?.(LOGS_VERSION);
}

/** Takes the installed log provider out, so that another may be installed. */
export function uninstallLogs(): void {
  Reflect.deleteProperty(globalThis, LOGS);
  bound = undefined;
}

/** Writes an event; false where no SDK takes log records. */
export function emitEvent(event: LogEvent): boolean {
  const provider = globals[LOGS]?.(LOGS_VERSION);
  if (provider === undefined) return false;
  if (bound?.provider !== provider) bound = { provider, logger: provider.getLogger('telltale') };
  const [severityNumber, severityText] = SEVERITIES[event.severity];
  bound.logger.emit({
    eventName: event.name,
    timestamp: settings().clock.now(),
    severityNumber,
    severityText,
    attributes: event.attributes,
    context: event.span === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, event.span),
  });
  return true;
}

/** A copy as plain data, safe from later changes; undefined for what has no JSON form. */
export function toEventValue(value: unknown): EventValue | undefined {
  try {
    const text = JSON.stringify(value);
    if (text === undefined) return undefined;
    const plain: EventValue = JSON.parse(text);
    return plain;
  } catch {
    return undefined;
  }
}
