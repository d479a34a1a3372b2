import { join } from 'node:path';
import { getJsonc, setJsonc } from './jsonc';
import type { JsonValue } from './jsonc';
import { getTomlValue, setTomlTable } from './toml-table';

/** Where telemetry shall go. */
export interface Endpoints {
  /** OTLP/HTTP, without a path. */
  readonly http: string;
  /** OTLP/gRPC. */
  readonly grpc: string;
}

/** One wanted setting and what stands in its place. */
export interface SettingState {
  readonly name: string;
  readonly wanted: string;
  /** Undefined when it is not set. */
  readonly found: string | undefined;
}

/** An assistant whose telemetry the doctor can set up. */
export interface Assistant {
  readonly name: string;
  readonly title: string;
  /** The settings file. */
  path(home: string, platform: NodeJS.Platform): string;
  /** The settings as they are and should be. */
  states(text: string, endpoints: Endpoints): SettingState[];
  /** The file's text with the settings as they should be. */
  apply(text: string, endpoints: Endpoints): string;
  /** Signals to expect, and what to do when one does not come. */
  readonly signals: readonly { readonly signal: 'traces' | 'metrics' | 'logs'; readonly hint: string }[];
  /** `service.name` values the assistant writes. */
  readonly services: readonly string[];
  /** What the names of its metrics begin with, as stored. */
  readonly metricPrefix: string;
}

type JsonSetting = readonly [path: readonly string[], value: JsonValue];

function jsonAssistant(
  settings: (endpoints: Endpoints) => readonly JsonSetting[],
): Pick<Assistant, 'states' | 'apply'> {
  return {
    states: (text, endpoints) =>
      settings(endpoints).map(([path, value]) => {
        const found = getJsonc(text, path);
        return {
          name: path.join('.'),
          wanted: JSON.stringify(value),
          found: found === undefined ? undefined : JSON.stringify(found),
        };
      }),
    apply: (text, endpoints) =>
      settings(endpoints).reduce(
        (edited, [path, value]) =>
          JSON.stringify(getJsonc(edited, path)) === JSON.stringify(value) ? edited : setJsonc(edited, path, value),
        text,
      ),
  };
}

const claudeCode: Assistant = {
  name: 'claude-code',
  title: 'Claude Code',
  path: (home) => join(home, '.claude', 'settings.json'),
  ...jsonAssistant(({ http }) => {
    const env: Readonly<Record<string, string>> = {
      CLAUDE_CODE_ENABLE_TELEMETRY: '1',
      CLAUDE_CODE_ENHANCED_TELEMETRY_BETA: '1',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_ENDPOINT: http,
    };
    return Object.entries(env).map(([name, value]): JsonSetting => [['env', name], value]);
  }),
  signals: [
    { signal: 'logs', hint: 'OTEL_LOGS_EXPORTER must be otlp; restart the running session' },
    { signal: 'metrics', hint: 'OTEL_METRICS_EXPORTER must be otlp; they come once a minute' },
    {
      signal: 'traces',
      hint: 'spans are beta: OTEL_TRACES_EXPORTER=otlp and CLAUDE_CODE_ENHANCED_TELEMETRY_BETA=1; without them traces are made from events',
    },
  ],
  services: ['claude-code'],
  metricPrefix: 'claude_code_',
};

const codex: Assistant = {
  name: 'codex',
  title: 'Codex',
  path: (home) => join(home, '.codex', 'config.toml'),
  states: (text, endpoints) =>
    Object.entries(codexLines(endpoints)).map(([key, wanted]) => ({
      name: `otel.${key}`,
      wanted,
      found: getTomlValue(text, 'otel', key),
    })),
  apply: (text, endpoints) =>
    Object.entries(codexLines(endpoints)).every(([key, wanted]) => getTomlValue(text, 'otel', key) === wanted)
      ? text
      : setTomlTable(text, 'otel', codexLines(endpoints)),
  signals: [
    { signal: 'logs', hint: 'otel.exporter must name /v1/logs in full: Codex uses the endpoint as written' },
    { signal: 'traces', hint: 'otel.trace_exporter must name /v1/traces in full' },
    { signal: 'metrics', hint: 'otel.metrics_exporter must name /v1/metrics; `codex exec` sends none at all' },
  ],
  services: ['codex_cli_rs', 'codex_exec', 'codex_tui', 'codex-app-server', 'codex-cli'],
  metricPrefix: 'codex_',
};

function codexLines({ http }: Endpoints): Readonly<Record<string, string>> {
  // The endpoint is used as written: each signal needs its own path.
  const exporter = (signal: string): string =>
    `{ otlp-http = { endpoint = "${http}/v1/${signal}", protocol = "binary" } }`;
  return {
    exporter: exporter('logs'),
    trace_exporter: exporter('traces'),
    metrics_exporter: exporter('metrics'),
    log_user_prompt: 'false',
  };
}

const geminiCli: Assistant = {
  name: 'gemini-cli',
  title: 'Gemini CLI',
  path: (home) => join(home, '.gemini', 'settings.json'),
  ...jsonAssistant(({ grpc }) => [
    [['telemetry', 'enabled'], true],
    [['telemetry', 'target'], 'local'],
    [['telemetry', 'otlpEndpoint'], grpc],
    [['telemetry', 'otlpProtocol'], 'grpc'],
    // Prompts are logged unless this says no.
    [['telemetry', 'logPrompts'], false],
    [['telemetry', 'traces'], true],
  ]),
  signals: [
    { signal: 'logs', hint: 'telemetry.enabled must be true and telemetry.target local; they come every ten seconds' },
    { signal: 'metrics', hint: 'as logs' },
    { signal: 'traces', hint: 'telemetry.traces must be true for spans that say anything' },
  ],
  services: ['gemini-cli'],
  metricPrefix: 'gemini_cli_',
};

const copilot: Assistant = {
  name: 'copilot',
  title: 'GitHub Copilot (VS Code)',
  path: (home, platform) =>
    platform === 'darwin'
      ? join(home, 'Library', 'Application Support', 'Code', 'User', 'settings.json')
      : platform === 'win32'
        ? join(home, 'AppData', 'Roaming', 'Code', 'User', 'settings.json')
        : join(home, '.config', 'Code', 'User', 'settings.json'),
  ...jsonAssistant(({ http }) => [
    [['github.copilot.chat.otel.enabled'], true],
    [['github.copilot.chat.otel.exporterType'], 'otlp-http'],
    [['github.copilot.chat.otel.otlpEndpoint'], http],
    [['github.copilot.chat.otel.captureContent'], false],
  ]),
  signals: [
    { signal: 'traces', hint: 'github.copilot.chat.otel.enabled must be true; reload the window' },
    { signal: 'metrics', hint: 'as traces' },
    { signal: 'logs', hint: 'as traces' },
  ],
  services: ['copilot-chat', 'github-copilot'],
  metricPrefix: 'copilot_chat_',
};

/** The four assistants. */
export const assistants: readonly Assistant[] = [claudeCode, codex, geminiCli, copilot];
