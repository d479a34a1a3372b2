import type { Attributes } from '@opentelemetry/api';
import type { UsageCounts } from '../../domain/usage';

/** A model call as its caller knows it at the start. */
export interface InferenceRequest {
  /** As the conventions name it: `anthropic`, `openai`, `aws.bedrock` … */
  readonly provider: string;
  /** The model that was asked for, exactly. */
  readonly model: string;
  /** `chat` unless given. */
  readonly operation?: 'chat' | 'generate_content' | 'text_completion' | 'embeddings';
  readonly stream?: boolean;
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly seed?: number;
  readonly stopSequences?: readonly string[];
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
  readonly choiceCount?: number;
  /** v0.1: the exact text sent to the provider. */
  readonly reasoningLevel?: string;
  /** v0.1: the answer this request goes on from. */
  readonly previousResponseId?: string;
  /** v0.1: the conversation was shortened to fit. */
  readonly compacted?: boolean;
  /** v0.1: the template the prompt was made of. */
  readonly promptName?: string;
  readonly promptVersion?: string;
  /** Embeddings: the formats asked for, and the size of the vectors. */
  readonly encodingFormats?: readonly string[];
  readonly dimensions?: number;
  /** Only one that the application really has; never invented. */
  readonly conversationId?: string;
  /** The agent that calls; within `withAgent` the running one unless given. */
  readonly agentName?: string;
  readonly outputType?: 'text' | 'json' | 'image' | 'speech';
  readonly serverAddress?: string;
  readonly serverPort?: number;
  /** In the conventions' form; written only where content capture is on. */
  readonly messages?: unknown;
  readonly systemInstructions?: unknown;
  readonly toolDefinitions?: unknown;
  readonly attributes?: Attributes;
}

/** What the provider answered. */
export interface InferenceResponse {
  readonly id?: string;
  readonly model?: string;
  readonly finishReasons?: readonly string[];
  readonly usage?: UsageCounts;
  /** In the conventions' form; written only where content capture is on. */
  readonly messages?: unknown;
  /** What the provider says the call cost; else it is priced by list. */
  readonly costUsd?: number;
  readonly attributes?: Attributes;
}

/** What is known of a tool call. */
export interface ToolCall {
  readonly name: string;
  readonly callId?: string;
  readonly type?: 'function' | 'extension' | 'datastore';
  readonly description?: string;
  readonly agentName?: string;
  /** Written only where content capture is on. */
  readonly arguments?: unknown;
  readonly attributes?: Attributes;
}
