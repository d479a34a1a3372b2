import { EXIT, defineCommand } from '../command';
import type { ExitCode } from '../command';
import { loadConfig } from '../../config';
import type { StackConfig } from '../../config';

interface ServeOptions {
  readonly data?: string;
  readonly host?: string;
  readonly port?: string;
  readonly otlpHttpPort?: string;
  readonly otlpGrpcPort?: string;
  readonly otlpPorts: boolean;
  readonly config?: string;
  readonly rules?: readonly string[];
  readonly alertmanagerConfig?: string;
  readonly logLevel?: string;
}

/** The stack: receives, stores, evaluates, notifies and shows, until SIGTERM or Ctrl-C. */
export const serve = defineCommand({
  name: 'serve',
  doc: 'runs the stack: OTLP in, alerts out, UI and APIs on one port',
  example: 'telltale serve --data ./.telltale --port 4319 --rules alerts/latency.yml',
  build: (verb, wrap) => {
    verb
      .option('--data <dir>', 'data folder (default ./.telltale)')
      .option('--host <address>', 'address to bind (default 127.0.0.1)')
      .option('--port <n>', 'UI, APIs, /metrics and OTLP/HTTP (default 4319)')
      .option('--otlp-http-port <n>', 'OTLP/HTTP (default 4318)')
      .option('--otlp-grpc-port <n>', 'OTLP/gRPC (default 4317)')
      .option('--no-otlp-ports', 'open the main port only')
      .option('--config <file>', 'configuration (default telltale.yaml if present)')
      .option(
        '--rules <files...>',
        'rule files or globs, beside those that the configuration names (the shipped packs without either)',
      )
      .option('--alertmanager-config <file>', 'an Alertmanager configuration, read unchanged')
      .option('--log-level <level>', 'debug, info, warn or error')
      .action(
        wrap(async (environment, options: ServeOptions): Promise<ExitCode> => {
          const read = (): StackConfig =>
            loadConfig({
              cwd: environment.cwd,
              ...(options.config === undefined ? {} : { file: options.config }),
              overrides: overridesOf(options),
            });
          const stack = await loadStack().startStack(read(), {
            cwd: environment.cwd,
            out: environment.err,
            reread: read,
          });
          environment.onHangup?.(() => void stack.reload());
          environment.out(`Telltale is ready on ${stack.url}\n`);
          if (!environment.signal.aborted) {
            await new Promise<void>((resolve) =>
              environment.signal.addEventListener('abort', () => resolve(), { once: true }),
            );
          }
          await stack.stop();
          return EXIT.ok;
        }),
      );
  },
});

/** Loaded when it runs: no other verb waits for the stack's code. */
function loadStack(): typeof import('../../main') {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a lazy load, which `import` is not in CommonJS
  return require('../../main');
}

function overridesOf(options: ServeOptions): { path: string[]; value: unknown }[] {
  const number = (text: string | undefined): unknown =>
    text === undefined || text.trim() === '' ? text : Number.isNaN(Number(text)) ? text : Number(text);
  const all: [string[], unknown][] = [
    [['data'], options.data],
    [['server', 'host'], options.host],
    [['server', 'port'], number(options.port)],
    [['otlp', 'httpPort'], number(options.otlpHttpPort)],
    [['otlp', 'grpcPort'], number(options.otlpGrpcPort)],
    [['otlp', 'ports'], options.otlpPorts ? undefined : false],
    [['extraRules'], options.rules],
    [['alertmanager', 'config'], options.alertmanagerConfig],
    [['log', 'level'], options.logLevel],
  ];
  return all.filter(([, value]) => value !== undefined).map(([path, value]) => ({ path, value }));
}
