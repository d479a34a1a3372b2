import { GEN_AI, GEN_AI_EVENTS } from '../../domain/gen-ai';
import { settings } from '../settings';
import { emitEvent, toEventValue } from '../spans/log-events';
import { captures, spanContent, wantsContent } from './capture';
import { writes } from './gen-ai-metrics';
import { present } from './inference-attributes';
import type { InferenceResponse } from './inference-types';
import type { ModelContent } from '../settings';
import type { EventValue } from '../spans/log-events';
import type { Operation } from '../spans/operation';
import type { Attributes } from '@opentelemetry/api';

/** What a request carries of content. */
export interface RequestContent {
  readonly messages?: unknown;
  readonly systemInstructions?: unknown;
  readonly toolDefinitions?: unknown;
}

/**
 * Writes a call's content to where it is wanted: the span, the event with all the call's details, the application's own
 * hook. Nothing is made of it where it is not wanted.
 * @param attributes the call's other attributes, for the event.
 */
export function writeContent(
  operation: Operation,
  request: RequestContent,
  response: InferenceResponse,
  attributes: Attributes,
): void {
  if (!wantsContent()) return;
  const content = contentOf(request, response);
  if (operation.span?.isRecording() === true) {
    operation.setAttributes(
      present({
        [GEN_AI.systemInstructions]: spanContent(content.systemInstructions),
        [GEN_AI.inputMessages]: spanContent(content.inputMessages),
        [GEN_AI.outputMessages]: spanContent(content.outputMessages),
        [GEN_AI.toolDefinitions]: spanContent(content.toolDefinitions),
      }),
    );
  }
  const spanContext = operation.span?.spanContext();
  const { onContent } = settings();
  if (onContent !== undefined) {
    operation.guard(() => operation.setAttributes(onContent(content, spanContext) ?? {}));
  }
  if (!captures('event')) return;
  emitEvent({
    name: GEN_AI_EVENTS.inferenceDetails,
    severity: 'info',
    attributes: {
      ...eventAttributes(attributes),
      ...structured(GEN_AI.systemInstructions, content.systemInstructions),
      ...structured(GEN_AI.inputMessages, content.inputMessages),
      ...structured(GEN_AI.outputMessages, content.outputMessages),
      ...structured(GEN_AI.toolDefinitions, content.toolDefinitions),
    },
    span: spanContext,
  });
}

/** Attributes as a log record carries them. */
export function eventAttributes(attributes: Attributes): Record<string, EventValue> {
  const values: Record<string, EventValue> = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null) continue;
    values[key] = Array.isArray(value) ? value.map((item) => item ?? null) : value;
  }
  return values;
}

function contentOf(request: RequestContent, response: InferenceResponse): ModelContent {
  const { systemInstructions, messages, toolDefinitions } = request;
  return {
    ...(systemInstructions === undefined ? {} : { systemInstructions: instructions(systemInstructions) }),
    ...(messages === undefined ? {} : { inputMessages: messages }),
    ...(response.messages === undefined ? {} : { outputMessages: answered(response) }),
    ...(toolDefinitions === undefined ? {} : { toolDefinitions }),
  };
}

/** v0.1 limits system instructions to text. */
function instructions(given: unknown): unknown {
  if (!Array.isArray(given) || !writes('v0.1')) return given;
  return given.filter((part) => !isRecord(part) || part['type'] === undefined || part['type'] === 'text');
}

/** v1.41 has the reason of the end on each message of the answer, v0.1 on the call alone. */
function answered({ messages, finishReasons }: InferenceResponse): unknown {
  if (!Array.isArray(messages) || finishReasons === undefined || !writes('v1.41')) return messages;
  return messages.map((message: unknown, at) =>
    isRecord(message) && message['finish_reason'] === undefined
      ? { ...message, finish_reason: finishReasons[at] ?? finishReasons.at(-1) }
      : message,
  );
}

function structured(key: string, value: unknown): Record<string, EventValue> {
  const plain = value === undefined ? undefined : toEventValue(value);
  return plain === undefined ? {} : { [key]: plain };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
