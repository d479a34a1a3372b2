import { GEN_AI, GEN_AI_AGENT_BUCKETS, GEN_AI_METRICS, GEN_AI_OPERATIONS } from '../../domain/gen-ai';
import { completeUsage } from '../../domain/usage';
import { isAsyncFunction, runObserved } from '../spans/helpers';
import { OperationPlan } from '../spans/operation-plan';
import { insideAgent } from './agent-run';
import { sharedOptions } from './call-options';
import { recordAgentCalls, recordCallDuration, recordSeconds, writes } from './gen-ai-metrics';
import { present, responseAttributes, usageAttributes } from './inference-attributes';
import { writeContent } from './model-content';
import type { AgentCounts } from './agent-run';
import type { Agent, UnnamedOptions } from './agent-types';
import type { InferenceResponse } from './inference-types';
import type { Operation, OperationEnd } from '../spans/operation';
import type { UsageCounts } from '../../domain/usage';
import type { Attributes } from '@opentelemetry/api';

/** One run of an agent or a workflow: counts the model and tool calls within, and takes what is learnt on the way. */
export class AgentRun {
  private answered: InferenceResponse = {};

  constructor(
    readonly operation: Operation,
    private readonly counts: AgentCounts,
  ) {}

  /** Model calls made so far, those of agents within not among them. */
  get inferenceCalls(): number {
    return this.counts.inferenceCalls;
  }

  /** Tools executed so far, those of agents within not among them. */
  get toolCalls(): number {
    return this.counts.toolCalls;
  }

  /** What the run ended with; what is given again replaces what was given before. */
  response(response: Omit<InferenceResponse, 'costUsd' | 'usage'>): void {
    this.answered = { ...this.answered, ...response };
  }

  /**
   * Tokens as the agent's service reports them, for the span alone: they are those of the model calls within, and would
   * count twice in metrics.
   */
  usage(counts: UsageCounts): void {
    this.operation.setAttributes(usageAttributes(completeUsage(counts).usage));
  }

  setAttributes(attributes: Attributes): void {
    this.operation.setAttributes(attributes);
  }

  /** What it was told of the answer. */
  get answer(): InferenceResponse {
    return this.answered;
  }
}

/**
 * Observes one run of an agent (`invoke_agent`): its span holds the model and tool calls that `work` makes, whose number
 * and the run's duration are metrics. Spans of calls within carry the agent's name.
 */
export function withAgent<T>(agent: string | (Agent & UnnamedOptions), work: (run: AgentRun) => T): T {
  const given: Agent & UnnamedOptions = typeof agent === 'string' ? { name: agent } : agent;
  return runAgent(GEN_AI_OPERATIONS.invokeAgent, given, agentAttributes(GEN_AI_OPERATIONS.invokeAgent, given), work);
}

/** Observes one run of a fixed sequence of agents and tools (`invoke_workflow`). */
export function withWorkflow<T>(
  workflow: string | ({ readonly name: string; readonly attributes?: Attributes } & UnnamedOptions),
  work: (run: AgentRun) => T,
): T {
  const given = typeof workflow === 'string' ? { name: workflow } : workflow;
  const attributes = present({
    [GEN_AI.operationName]: GEN_AI_OPERATIONS.invokeWorkflow,
    [GEN_AI.workflowName]: writes('v1.41') ? given.name : undefined,
    // v0.1 made workflows agents.
    [GEN_AI.agentName]: writes('v0.1') ? given.name : undefined,
    ...given.attributes,
  });
  return runAgent(GEN_AI_OPERATIONS.invokeWorkflow, given, attributes, work);
}

/** Observes the making of an agent that a provider hosts (`create_agent`). */
export function withAgentCreation<T>(agent: Agent & UnnamedOptions, work: (operation: Operation) => T): T {
  const operationName = GEN_AI_OPERATIONS.createAgent;
  const plan = new OperationPlan(spanName(operationName, agent.name), {
    operation: agent.operation ?? operationName,
    kind: 'client',
    attributes: agentAttributes(operationName, agent),
    ...sharedOptions(agent),
  });
  return runObserved(plan, work, (operation) => {
    operation.onEnd = (end) => {
      writeContent(operation, agent, {}, plan.attributes);
      recordClientDuration(operationName, agent, operation, end);
    };
  });
}

/** Observes an agent making its plan (`plan`, of v0.1); the model call that makes it is made within. */
export function withPlan<T>(
  agent: string | (Pick<Agent, 'name' | 'attributes'> & UnnamedOptions),
  work: (operation: Operation) => T,
): T {
  const given: Pick<Agent, 'name' | 'attributes'> & UnnamedOptions =
    typeof agent === 'string' ? { name: agent } : agent;
  const name = spanName(GEN_AI_OPERATIONS.plan, given.name);
  return runObserved(
    new OperationPlan(name, {
      operation: given.operation ?? name,
      attributes: agentAttributes(GEN_AI_OPERATIONS.plan, given),
      ...sharedOptions(given),
    }),
    work,
  );
}

function runAgent<T>(
  operationName: string,
  agent: Agent & UnnamedOptions,
  attributes: Attributes,
  work: (run: AgentRun) => T,
): T {
  const name = spanName(operationName, agent.name);
  const plan = new OperationPlan(name, {
    operation: agent.operation ?? name,
    kind: agent.remote === true ? 'client' : 'internal',
    attributes,
    ...sharedOptions(agent),
  });
  const counts: AgentCounts = { name: agent.name, inferenceCalls: 0, toolCalls: 0 };
  const prepare = (operation: Operation): void => {
    operation.scope = (part) => insideAgent(counts, part);
  };
  const run = (operation: Operation): T => {
    const observed = new AgentRun(operation, counts);
    operation.onEnd = (end) => finish(operationName, agent, observed, end);
    return insideAgent(counts, () => work(observed));
  };
  return runObserved(plan, run, prepare, isAsyncFunction(work));
}

function finish(operationName: string, agent: Agent, run: AgentRun, end: OperationEnd): void {
  const attributes = responseAttributes(run.answer);
  run.setAttributes(attributes);
  writeContent(run.operation, agent, run.answer, {
    ...run.operation.plan.attributes,
    ...attributes,
    ...(end.errorType === undefined ? {} : { 'error.type': end.errorType }),
  });
  if (agent.remote === true) recordClientDuration(operationName, agent, run.operation, end);
  if (!writes('v0.1')) return;
  recordSeconds(GEN_AI_METRICS.invokeAgentDuration, 'Duration of a run of an agent.', GEN_AI_AGENT_BUCKETS, {
    labels: {
      ...(agent.name === undefined ? {} : { gen_ai_agent_name: agent.name }),
      ...(agent.model === undefined ? {} : { gen_ai_request_model: agent.model }),
      ...(end.errorType === undefined ? {} : { error_type: end.errorType }),
    },
    operation: run.operation,
    seconds: end.seconds,
  });
  const { invokeAgentInferenceCalls, invokeAgentToolCalls } = GEN_AI_METRICS;
  const models = 'Model calls per run of an agent.';
  recordAgentCalls(invokeAgentInferenceCalls, '{inference_call}', models, agent.name, run.inferenceCalls);
  recordAgentCalls(
    invokeAgentToolCalls,
    '{tool_call}',
    'Tools executed per run of an agent.',
    agent.name,
    run.toolCalls,
  );
}

/** Calls of another service count as client operations, as those of models do. */
function recordClientDuration(operationName: string, agent: Agent, operation: Operation, end: OperationEnd): void {
  recordCallDuration(
    {
      operation: operationName,
      provider: agent.provider ?? 'unknown',
      requestModel: agent.model,
      responseModel: undefined,
      serverAddress: agent.serverAddress,
      serverPort: agent.serverPort,
      errorType: end.errorType,
      span: operation.span?.spanContext(),
    },
    end.seconds,
  );
}

/** v0.1 takes the provider, the version and the id off agents that run in the same process. */
function agentAttributes(operationName: string, agent: Agent): Attributes {
  const full = agent.remote === true || operationName === GEN_AI_OPERATIONS.createAgent || writes('v1.41');
  return present({
    [GEN_AI.operationName]: operationName,
    [GEN_AI.agentName]: agent.name,
    [GEN_AI.agentDescription]: agent.description,
    [GEN_AI.agentId]: full ? agent.id : undefined,
    [GEN_AI.agentVersion]: full ? agent.version : undefined,
    [GEN_AI.providerName]: full ? agent.provider : undefined,
    [GEN_AI.requestModel]: agent.model,
    [GEN_AI.conversationId]: agent.conversationId,
    [GEN_AI.dataSourceId]: agent.dataSourceId,
    [GEN_AI.outputType]: agent.outputType,
    'server.address': agent.serverAddress,
    'server.port': agent.serverPort,
    ...agent.attributes,
  });
}

function spanName(operationName: string, name: string | undefined): string {
  return name === undefined ? operationName : `${operationName} ${name}`;
}
