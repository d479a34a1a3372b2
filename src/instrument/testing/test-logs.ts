import { logs } from '@opentelemetry/sdk-node';
import { installedLogs, uninstallLogs } from '../spans/log-events';

/** A log record as tests look at it. */
export interface TestRecord {
  readonly name: string | undefined;
  readonly severity: number | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly spanId: string | undefined;
}

/** Log records into memory, for tests. */
export interface TestLogs {
  records(): TestRecord[];
  clear(): void;
  stop(): Promise<void>;
}

/** Installs the SDK's log provider where the logs API keeps it. */
export function startTestLogs(): TestLogs {
  if (installedLogs() !== undefined) throw new Error('a log provider is installed already');
  const exporter = new logs.InMemoryLogRecordExporter();
  const provider = new logs.LoggerProvider({ processors: [new logs.SimpleLogRecordProcessor({ exporter })] });
  Reflect.set(globalThis, Symbol.for('io.opentelemetry.js.api.logs'), () => provider);
  return {
    records: () =>
      exporter.getFinishedLogRecords().map((record) => ({
        name: record.eventName,
        severity: record.severityNumber,
        attributes: record.attributes,
        spanId: record.spanContext?.spanId,
      })),
    clear: () => exporter.reset(),
    stop: async () => {
      uninstallLogs();
      await provider.shutdown();
    },
  };
}
