import { ROOT_CONTEXT, context, propagation, trace } from '@opentelemetry/api';
import { GEN_AI, GEN_AI_OPERATIONS, MCP, MCP_DURATION_BUCKETS, MCP_METRICS } from '../../domain/gen-ai';
import { settings } from '../settings';
import { isAsyncFunction, runObserved } from '../spans/helpers';
import { Operation, currentOperation } from '../spans/operation';
import { OperationPlan } from '../spans/operation-plan';
import { settle } from '../spans/settle';
import { sharedOptions } from './call-options';
import { spanContent } from './capture';
import { recordSeconds } from './gen-ai-metrics';
import { present } from './inference-attributes';
import { toolOf } from './with-inference';
import type { UnnamedOptions } from './agent-types';
import type { ErrorClassifier } from '../spans/classify';
import type { OperationEnd } from '../spans/operation';
import type { Attributes, Link } from '@opentelemetry/api';

/** The type of error of a result that says `isError`. */
const TOOL_ERROR = 'tool_error';

/** What a request or a session of the Model Context Protocol is made over. */
export interface McpPeer {
  readonly sessionId?: string;
  readonly protocolVersion?: string;
  /** `pipe` for standard input and output, `tcp` for HTTP. */
  readonly transport?: 'pipe' | 'tcp' | 'quic' | 'unix';
  /** `http`, `websocket` … */
  readonly protocolName?: string;
  readonly serverAddress?: string;
  readonly serverPort?: number;
  readonly attributes?: Attributes;
}

/** A request or notification of the Model Context Protocol. */
export interface McpRequest extends McpPeer {
  /** `tools/call`, `prompts/get`, `resources/read`, `notifications/initialized` … */
  readonly method: string;
  /** Of `tools/call`. */
  readonly tool?: string;
  /** Of `prompts/get`. */
  readonly prompt?: string;
  readonly resourceUri?: string;
  /** The JSON-RPC id; none for notifications. */
  readonly requestId?: string | number;
  /** Arguments of the tool; written only where content is captured. */
  readonly arguments?: unknown;
}

/**
 * Observes a request to an MCP server. Within the execution of the same tool (`withTool`, `@InstrumentTool`) its span
 * takes the attributes and no second one is made. Send `mcpMeta()` as the request's `params._meta`, so that the server's
 * work belongs to the same trace.
 */
export function withMcpRequest<T>(request: McpRequest & UnnamedOptions, work: (operation: Operation) => T): T {
  const outer = currentOperation();
  if (outer !== undefined && request.tool !== undefined && toolOf(outer) === request.tool) {
    return withinTool(outer, request, work);
  }
  return observe(request, 'client', [], work);
}

/**
 * Observes a request that an MCP server handles.
 * @param meta the request's `params._meta`: the trace it carries is gone on with, and the running one linked to it.
 */
export function withMcpHandler<T>(
  request: McpRequest & UnnamedOptions,
  meta: object | undefined,
  work: (operation: Operation) => T,
): T {
  const carried = meta === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, texts(meta));
  const remote = trace.getSpanContext(carried);
  if (remote === undefined) return observe(request, 'server', [], work);
  const around = trace.getSpanContext(context.active());
  const links = around === undefined || around.traceId === remote.traceId ? [] : [{ context: around }];
  return context.with(carried, () => observe(request, 'server', links, work));
}

/** What a request's `params._meta` is to carry: the running trace, besides what it holds already. */
export function mcpMeta(meta: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return { ...meta, ...carrier };
}

/** Measures a session from `initialize` to its end, on the side of the client or of the server. It has no span. */
export function withMcpSession<T>(side: 'client' | 'server', peer: McpPeer, work: () => T): T {
  const measured = unseen('mcp session');
  measured.onEnd = (end) => {
    const name = side === 'client' ? MCP_METRICS.clientSession : MCP_METRICS.serverSession;
    record(name, 'Duration of an MCP session.', peerLabels(peer), measured, end);
  };
  return follow(measured, work);
}

function withinTool<T>(outer: Operation, request: McpRequest, work: (operation: Operation) => T): T {
  outer.setAttributes(requestAttributes(request));
  const measured = unseen('mcp request');
  measured.onResult = (result) => tellResult(outer, result);
  measured.onEnd = (end) => {
    tellStatus(outer, end);
    record(MCP_METRICS.clientOperation, 'Duration of an MCP request.', requestLabels(request), outer, end);
  };
  return follow(measured, () => work(outer), isAsyncFunction(work));
}

function observe<T>(
  request: McpRequest & UnnamedOptions,
  side: 'client' | 'server',
  links: readonly Link[],
  work: (operation: Operation) => T,
): T {
  const target = request.tool ?? request.prompt;
  const name = target === undefined ? request.method : `${request.method} ${target}`;
  const plan = new OperationPlan(name, {
    operation: request.operation ?? name,
    kind: side,
    ...(side === 'server' && request.method === 'tools/call' ? { stage: 'tool' as const } : {}),
    attributes: requestAttributes(request),
    ...sharedOptions(request),
    classify: classifierOf(request.classify),
    links: [...(request.links ?? []), ...links],
  });
  return runObserved(plan, work, (operation) => {
    operation.onResult = (result) => tellResult(operation, result);
    operation.onEnd = (end) => {
      tellStatus(operation, end);
      const metric = side === 'client' ? MCP_METRICS.clientOperation : MCP_METRICS.serverOperation;
      record(metric, 'Duration of an MCP request.', requestLabels(request), operation, end);
    };
  });
}

/** An operation that only measures: without span and metrics of its own. */
function unseen(name: string): Operation {
  const plan = new OperationPlan(name, { metrics: false, classify: classifierOf(undefined) });
  return new Operation(plan, undefined, context.active(), settings().clock.elapsed(), undefined, undefined);
}

function follow<T>(measured: Operation, work: () => T, fresh: boolean = isAsyncFunction(work)): T {
  let result: T;
  try {
    result = work();
  } catch (error) {
    measured.fail(error);
    throw error;
  }
  return settle(result, measured, fresh);
}

/** A JSON-RPC error is known by its number. */
function classifierOf(own: ErrorClassifier | undefined): ErrorClassifier {
  return (error) => {
    const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
    const number = Number.isInteger(code) ? { type: String(code) } : {};
    return { ...number, ...own?.(error) };
  };
}

function tellStatus(operation: Operation, { errorType }: OperationEnd): void {
  if (errorType !== undefined && /^-?\d+$/.test(errorType)) operation.setAttribute(MCP.statusCode, errorType);
}

function tellResult(operation: Operation, result: unknown): void {
  if (typeof result !== 'object' || result === null) return;
  operation.setAttributes(present({ [GEN_AI.toolCallResult]: spanContent(Reflect.get(result, 'content')) }));
  if (Reflect.get(result, 'isError') === true) operation.refuse(TOOL_ERROR);
}

function requestAttributes(request: McpRequest): Attributes {
  return present({
    [MCP.methodName]: request.method,
    [GEN_AI.operationName]: request.method === 'tools/call' ? GEN_AI_OPERATIONS.executeTool : undefined,
    [GEN_AI.toolName]: request.tool,
    [GEN_AI.promptName]: request.prompt,
    [GEN_AI.toolCallArguments]: spanContent(request.arguments),
    [MCP.resourceUri]: request.resourceUri,
    [MCP.requestId]: request.requestId === undefined ? undefined : String(request.requestId),
    [MCP.sessionId]: request.sessionId,
    [MCP.protocolVersion]: request.protocolVersion,
    [MCP.transport]: request.transport,
    [MCP.protocolName]: request.protocolName,
    'server.address': request.serverAddress,
    'server.port': request.serverPort,
    ...request.attributes,
  });
}

function requestLabels(request: McpRequest): Record<string, string> {
  return {
    mcp_method_name: request.method,
    ...(request.tool === undefined ? {} : { gen_ai_tool_name: request.tool }),
    ...(request.prompt === undefined ? {} : { gen_ai_prompt_name: request.prompt }),
    ...peerLabels(request),
  };
}

function peerLabels(peer: McpPeer): Record<string, string> {
  return {
    ...(peer.protocolVersion === undefined ? {} : { mcp_protocol_version: peer.protocolVersion }),
    ...(peer.transport === undefined ? {} : { network_transport: peer.transport }),
    ...(peer.serverAddress === undefined ? {} : { server_address: peer.serverAddress }),
    ...(peer.serverPort === undefined ? {} : { server_port: String(peer.serverPort) }),
  };
}

function record(
  name: string,
  help: string,
  labels: Record<string, string>,
  operation: Operation,
  { errorType, seconds }: OperationEnd,
): void {
  const failed = errorType === undefined ? {} : { error_type: errorType };
  recordSeconds(name, help, MCP_DURATION_BUCKETS, { labels: { ...labels, ...failed }, operation, seconds });
}

/** The entries of a `_meta` that are texts: those that propagators read. */
function texts(meta: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(meta).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
