import { serveWorker, workerInput } from '../base/worker';
import { packList } from '../storage';
import { SpanEngine } from './engine';
import { packedBuffers } from './packed-buffers';
import { valuesOf } from './queries/attributes';
import { dependenciesIn } from './queries/dependencies';
import { detailsOf } from './queries/details';
import { digestOf } from './queries/digest';
import { searchLogs } from './queries/logs';
import { searchTraces } from './queries/search';
import { rowsOfTrace, traceKey, writeHits } from './queries/trace';
import { Writer } from './queries/writer';
import type { SpanProtocol, SpanWorkerInput } from './span-protocol';

/** Runs inside the span worker: requests that wait together share one transaction, and so one sync. */
function main(): void {
  const input = workerInput();
  if (!isInput(input)) throw new Error('the span worker needs its settings');
  const engine = new SpanEngine(input);
  const spans = (): ReturnType<SpanEngine['segments']> =>
    engine.segments().filter(({ bounds }) => bounds.kind === 'span');

  serveWorker<SpanProtocol>({
    turnSize: 512,
    endTurn: () => engine.commit(),
    transfer: packedBuffers,
    handlers: {
      write: (argument) => {
        engine.write(argument);
        return engine.backlog;
      },
      caughtUp: () => engine.caughtUp().then(() => null),
      trace: (traceId) => {
        const trace = traceKey(traceId);
        return writeHits(trace === undefined ? [] : rowsOfTrace(spans(), trace), new Writer());
      },
      search: (query) => searchTraces(spans(), query),
      logs: (query) => writeHits(searchLogs(engine.segments(), query), new Writer()),
      digest: (query) => digestOf(spans(), query),
      details: (query) => detailsOf(spans(), query),
      packedDetails: (query) => packList(detailsOf(spans(), query)),
      services: () => engine.services(),
      operations: (service) => engine.operations(service),
      dependencies: ({ start, end }) => dependenciesIn(spans(), start, end),
      attributeKeys: ({ start, end }) => engine.attributeKeys(start, end),
      attributeValues: ({ key, start, end, limit }) => valuesOf(spans(), key, start, end, limit),
      maintain: ({ at }) => engine.maintain(at),
      flush: () => engine.flush().then(() => null),
      close: () => engine.close().then(() => null),
    },
  });
}

/** The other side of the wire is `SqliteSpanStore`. */
function isInput(value: unknown): value is SpanWorkerInput {
  return typeof value === 'object' && value !== null && 'dataDir' in value && 'config' in value && 'at' in value;
}

main();
