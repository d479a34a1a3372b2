import type { CallOptions } from './call-options';
import type { Attributes } from '@opentelemetry/api';

/** An agent as its caller knows it. */
export interface Agent {
  /** As people name it; few values, for it is a label of metrics. */
  readonly name?: string;
  /** Of an agent that a provider hosts: its stable id there. */
  readonly id?: string;
  readonly description?: string;
  readonly version?: string;
  /** As the conventions name it: `openai`, `aws.bedrock` … Of hosted agents. */
  readonly provider?: string;
  /** The model, where the agent has one fixed model. */
  readonly model?: string;
  /** True for an agent that runs elsewhere: the span is a client's. */
  readonly remote?: boolean;
  readonly conversationId?: string;
  readonly dataSourceId?: string;
  readonly outputType?: 'text' | 'json' | 'image' | 'speech';
  readonly serverAddress?: string;
  readonly serverPort?: number;
  /** In the conventions' form; written only where content is captured. */
  readonly messages?: unknown;
  readonly systemInstructions?: unknown;
  readonly toolDefinitions?: unknown;
  readonly attributes?: Attributes;
}

/** Options of an operation whose name is given by what it does. */
export type UnnamedOptions = Omit<CallOptions, 'name'>;

/** A search in a store of knowledge. */
export interface Retrieval {
  readonly dataSourceId?: string;
  readonly provider?: string;
  /** The model that embeds the query, where one does. */
  readonly model?: string;
  /** How many documents are asked for. */
  readonly topK?: number;
  /** Written only where content is captured. */
  readonly query?: string;
  readonly serverAddress?: string;
  readonly serverPort?: number;
  readonly attributes?: Attributes;
}

/** An access to an agent's memory. */
export interface MemoryAccess {
  readonly storeId?: string;
  readonly recordId?: string;
  readonly provider?: string;
  readonly agentName?: string;
  /** True where the memory is another service's. */
  readonly remote?: boolean;
  /** Written only where content is captured. */
  readonly query?: string;
  readonly attributes?: Attributes;
}
