import { startTelemetry } from './instrument/export/start-telemetry';

/**
 * Preload: `node --require telltale/register app.js`. Starts the OpenTelemetry SDK by the `OTEL_*` variables before
 * anything else is loaded, so that libraries are traced, and sends what waits before the process ends.
 */
const telemetry = startTelemetry({ environment: process.env });

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  const onSignal = (): void => {
    // An application with a handler of its own decides itself when the process ends.
    const alone = process.listenerCount(signal) === 1;
    void telemetry.flush().then(() => {
      if (!alone) return;
      process.removeListener(signal, onSignal);
      process.kill(process.pid, signal);
    });
  };
  process.on(signal, onSignal);
}

let flushed = false;
process.on('beforeExit', () => {
  if (flushed) return;
  flushed = true;
  void telemetry.shutdown();
});
