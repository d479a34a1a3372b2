import { useEffect, useState } from 'preact/hooks';
import { services } from '../api/jaeger';
import { labelValues } from '../api/prometheus';
import { CopyButton } from '../components/copy-button';
import { Loading } from '../components/loading';

const origin = window.location.origin;

const RECIPES: readonly { readonly name: string; readonly text: string; readonly match: RegExp }[] = [
  {
    name: 'Claude Code',
    match: /claude-code/,
    text: `export CLAUDE_CODE_ENABLE_TELEMETRY=1\nexport OTEL_METRICS_EXPORTER=otlp\nexport OTEL_LOGS_EXPORTER=otlp\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\nexport OTEL_EXPORTER_OTLP_ENDPOINT=${origin}\nclaude`,
  },
  {
    name: 'Codex',
    match: /codex/,
    text: `# ~/.codex/config.toml\n[otel]\nexporter = { otlp-http = { endpoint = "${origin}/v1/logs", protocol = "binary" } }`,
  },
  {
    name: 'Gemini CLI',
    match: /gemini/,
    text: `// ~/.gemini/settings.json\n{ "telemetry": { "enabled": true, "target": "local", "otlpProtocol": "http", "otlpEndpoint": "${origin}", "logPrompts": false } }`,
  },
  {
    name: 'GitHub Copilot',
    match: /copilot/,
    text: `// VS Code settings.json\n"github.copilot.chat.otel.enabled": true,\n"github.copilot.chat.otel.otlpEndpoint": "${origin}"`,
  },
  {
    name: 'A NestJS service of yours',
    match: /^$/,
    text: `npm install telltale\nOTEL_SERVICE_NAME=my-assistant OTEL_EXPORTER_OTLP_ENDPOINT=${origin} \\\n  node --require telltale/register dist/main.js`,
  },
  {
    name: 'Any OpenTelemetry SDK',
    match: /^$/,
    text: `export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`,
  },
];

/** The exact lines that send data, and what has arrived so far. */
export default function Setup() {
  const [seen, setSeen] = useState<readonly string[]>();
  const [error, setError] = useState('');
  useEffect(() => {
    let stopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      try {
        const [found, jobs] = await Promise.all([services(), labelValues('job')]);
        if (stopped) return;
        setSeen([...new Set([...found, ...jobs])]);
        setError('');
      } catch (failure) {
        if (!stopped) setError(failure instanceof Error ? failure.message : String(failure));
      }
      if (!stopped) timer = setTimeout(() => void look(), 2000);
    };
    void look();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, []);
  const all = seen ?? [];
  return (
    <div class="stack">
      <section class="card">
        <header>
          <h2>Arrived so far</h2>
        </header>
        {error !== '' && <p class="notice error">{error}</p>}
        {seen === undefined ? (
          error === '' && <Loading height={24} />
        ) : all.length === 0 ? (
          <p class="muted">Nothing yet. This turns green with the first byte.</p>
        ) : (
          <div class="row">
            {all.map((name) => (
              <span key={name} class="pill ok">
                ● {name}
              </span>
            ))}
          </div>
        )}
      </section>
      <div class="grid wide">
        {RECIPES.map((recipe) => {
          const arrived = recipe.match.source !== '^$' && all.some((name) => recipe.match.test(name));
          return (
            <section key={recipe.name} class="card">
              <header>
                <h3>{recipe.name}</h3>
                <span class="grow" />
                {arrived ? <span class="pill ok">● receiving</span> : null}
                <CopyButton label="Copy" name={`Copy the lines for ${recipe.name}`} text={() => recipe.text} />
              </header>
              <pre class="code wrap" tabIndex={0}>
                {recipe.text}
              </pre>
            </section>
          );
        })}
      </div>
    </div>
  );
}
