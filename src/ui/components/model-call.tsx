import type { SpanDetailBody, TokenPartBody } from '../../contracts/trace-search';
import { formatSeconds, formatUsd, formatValue } from '../lib/format';
import { costOf, numberOf } from '../lib/span-usage';
import { TOKEN_COLORS } from './token-bar';

const PARAMETERS = /^gen_ai\.request\.(?!model$|stream$)/;
/** Below, the measured speed is noise. */
const LEAST_SECONDS = 0.02;
const EXPLAINED: Readonly<Record<TokenPartBody['name'], string>> = {
  uncached: 'Input that no cache served or kept',
  'cache read': 'Input that the provider’s prompt cache served, at a fraction of the price',
  'cache write': 'Input that the provider’s prompt cache kept for later calls, at a surcharge',
  output: 'What the model answered',
  reasoning: 'What the model thought before it answered; billed as output',
};

/** A model call's facts: model, how it ended, tokens by class with their price, speed, parameters. */
export function ModelCall({ detail, duration }: { readonly detail: SpanDetailBody; readonly duration: number }) {
  const { attributes, usage } = detail;
  const model = attributes['gen_ai.response.model'] ?? attributes['gen_ai.request.model'];
  if (model === undefined) return null;
  const asked = attributes['gen_ai.request.model'];
  const reported = costOf(attributes);
  const first = numberOf(attributes, 'gen_ai.response.time_to_first_chunk', 'gen_ai.server.time_to_first_token');
  const output = numberOf(attributes, 'gen_ai.usage.output_tokens');
  // An answer that came in one piece says nothing of the speed of generation.
  const generating = first === undefined ? undefined : duration / 1e6 - first;
  const speed =
    generating === undefined || generating < LEAST_SECONDS || output === undefined
      ? undefined
      : (numberOf(attributes, 'telltale.output_tokens_per_second') ?? output / generating);
  const parameters = Object.entries(attributes).filter(([name]) => PARAMETERS.test(name));
  return (
    <section class="stack-tight">
      <h4>Model call</h4>
      <p class="row">
        <b>{model}</b>
        <span class="muted">{attributes['gen_ai.provider.name'] ?? attributes['gen_ai.system'] ?? ''}</span>
        {asked !== undefined && asked !== model && <span class="muted small">asked for {asked}</span>}
        {finishesOf(attributes).map((finish) => (
          <span
            key={finish}
            class={`pill ${finish === 'max_tokens' || finish === 'length' ? 'warning' : ''}`}
            title="Why the model stopped"
          >
            {finish}
          </span>
        ))}
      </p>
      {(first !== undefined || speed !== undefined) && (
        <p class="muted small">
          {first !== undefined && `first token after ${formatSeconds(first)}`}
          {first !== undefined && speed !== undefined && ' · '}
          {speed !== undefined && `${formatValue(speed, 'none', 0)} tokens/s`}
        </p>
      )}
      {usage !== null && <Tokens usage={usage} reported={reported} source={attributes['gen_ai.usage.cost.source']} />}
      {parameters.length > 0 && (
        <p class="labels">
          {parameters.map(([name, value]) => (
            <span key={name} class="label" title={name}>
              {name.slice('gen_ai.request.'.length)} {value}
            </span>
          ))}
        </p>
      )}
    </section>
  );
}

function Tokens({
  usage,
  reported,
  source,
}: {
  readonly usage: NonNullable<SpanDetailBody['usage']>;
  readonly reported: number | undefined;
  readonly source: string | undefined;
}) {
  const total = usage.parts.reduce((sum, part) => sum + (part.tokens ?? 0), 0);
  return (
    <>
      <div
        class="token-bar"
        role="img"
        aria-label={usage.parts.map(({ name, tokens }) => `${name} ${tokens ?? 'not reported'}`).join(', ')}
      >
        {usage.parts.map(({ name, tokens }) =>
          tokens === null || tokens === 0 ? null : (
            <i
              key={name}
              style={{ flexGrow: tokens, background: TOKEN_COLORS[name] }}
              title={`${name}: ${tokens.toLocaleString('en-US')}`}
            />
          ),
        )}
      </div>
      <table class="small tight">
        <thead>
          <tr>
            <th>Tokens</th>
            <th class="right">Count</th>
            <th class="right">List price</th>
          </tr>
        </thead>
        <tbody>
          {usage.parts.map(({ name, tokens, usd }) => (
            <tr key={name} title={EXPLAINED[name]}>
              <td>
                <span class="swatch" style={{ background: TOKEN_COLORS[name] }} /> {name}
              </td>
              <td class="right">{tokens === null ? 'not reported' : tokens.toLocaleString('en-US')}</td>
              <td class="right">{usd === null ? '–' : formatUsd(usd)}</td>
            </tr>
          ))}
          <tr class="total">
            <td title={usage.catalog === '' ? usage.reason : `Price list: ${usage.catalog}`}>
              together {usage.catalog !== '' && <span class="muted">{usage.catalog}</span>}
            </td>
            <td class="right">{total.toLocaleString('en-US')}</td>
            <td class="right">{usage.usd === null ? 'unknown' : formatUsd(usage.usd)}</td>
          </tr>
        </tbody>
      </table>
      {usage.reason !== '' && <p class="muted small">No list price: {usage.reason}.</p>}
      {reported !== undefined && source !== 'local' && (
        <p class="muted small">The emitter itself says {formatUsd(reported)}.</p>
      )}
    </>
  );
}

function finishesOf(attributes: Readonly<Record<string, string>>): string[] {
  const text = attributes['gen_ai.response.finish_reasons'] ?? attributes['stop_reason'];
  if (text === undefined) return [];
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.map(String) : [text];
  } catch {
    return [text];
  }
}
