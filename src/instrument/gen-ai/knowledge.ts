import { GEN_AI, GEN_AI_OPERATIONS } from '../../domain/gen-ai';
import { runObserved } from '../spans/helpers';
import { OperationPlan } from '../spans/operation-plan';
import { currentAgentName } from './agent-run';
import { sharedOptions } from './call-options';
import { spanContent } from './capture';
import { recordCallDuration, writes } from './gen-ai-metrics';
import { present } from './inference-attributes';
import type { MemoryAccess, Retrieval, UnnamedOptions } from './agent-types';
import type { MemoryOperation } from '../../domain/gen-ai';
import type { Operation } from '../spans/operation';

/**
 * Observes a search in a store of knowledge (`retrieval`). What `work` gives is written as the documents found where
 * content is captured.
 */
export function withRetrieval<T>(retrieval: Retrieval & UnnamedOptions, work: (operation: Operation) => T): T {
  const operationName = GEN_AI_OPERATIONS.retrieval;
  const { dataSourceId } = retrieval;
  const plan = new OperationPlan(dataSourceId === undefined ? operationName : `${operationName} ${dataSourceId}`, {
    operation: retrieval.operation ?? operationName,
    kind: 'client',
    attributes: present({
      [GEN_AI.operationName]: operationName,
      [GEN_AI.dataSourceId]: dataSourceId,
      [GEN_AI.providerName]: retrieval.provider,
      [GEN_AI.requestModel]: retrieval.model,
      [GEN_AI.requestTopK]: writes('v1.41') ? retrieval.topK : undefined,
      [GEN_AI.retrievalTopK]: writes('v0.1') ? retrieval.topK : undefined,
      [GEN_AI.retrievalQuery]: spanContent(retrieval.query),
      'server.address': retrieval.serverAddress,
      'server.port': retrieval.serverPort,
      ...retrieval.attributes,
    }),
    ...sharedOptions(retrieval),
  });
  return runObserved(plan, work, (operation) => {
    operation.onResult = (found) =>
      operation.setAttributes(present({ [GEN_AI.retrievalDocuments]: spanContent(found) }));
    operation.onEnd = (end) =>
      recordCallDuration(
        {
          operation: operationName,
          provider: retrieval.provider ?? 'unknown',
          requestModel: retrieval.model,
          responseModel: undefined,
          serverAddress: retrieval.serverAddress,
          serverPort: retrieval.serverPort,
          errorType: end.errorType,
          span: operation.span?.spanContext(),
        },
        end.seconds,
      );
  });
}

/**
 * Observes an access to an agent's memory (of v0.1). A list that `work` gives counts as the records; they are written
 * where content is captured.
 */
export function withMemory<T>(
  operationName: MemoryOperation,
  access: MemoryAccess & UnnamedOptions,
  work: (operation: Operation) => T,
): T {
  const plan = new OperationPlan(operationName, {
    operation: access.operation ?? operationName,
    kind: access.remote === true ? 'client' : 'internal',
    attributes: present({
      [GEN_AI.operationName]: operationName,
      [GEN_AI.memoryStoreId]: access.storeId,
      [GEN_AI.memoryRecordId]: access.recordId,
      [GEN_AI.providerName]: access.provider,
      [GEN_AI.agentName]: access.agentName ?? currentAgentName(),
      [GEN_AI.memoryQuery]: spanContent(access.query),
      ...access.attributes,
    }),
    ...sharedOptions(access),
  });
  return runObserved(plan, work, (operation) => {
    operation.onResult = (records) =>
      operation.setAttributes(
        present({
          [GEN_AI.memoryRecordCount]: Array.isArray(records) ? records.length : undefined,
          [GEN_AI.memoryRecords]: spanContent(records),
        }),
      );
  });
}
