import type { Telemetry } from '../../../base/telemetry';

/** The instruments of one selector. */
export interface SelectorInstruments {
  selected(model: string, explored: boolean): void;
  fellBack(model: string): void;
  outcome(model: string, ok: boolean): void;
  opened(model: string): void;
  none(): void;
}

/** Registers the instruments of a selector. */
export function selectorInstruments(
  telemetry: Telemetry,
  selector: string,
  models: readonly string[],
  isOpen: (model: string) => boolean,
): SelectorInstruments {
  const counter = (name: string, help: string, labels: Record<string, string>): { add(): void } =>
    telemetry.counter(`telltale_selector_${name}_total`, help, { selector, ...labels });
  for (const model of models) {
    telemetry.observedGauge(
      'telltale_selector_breaker_open',
      'Whether the model is shut out after failures (1) or not (0)',
      () => (isOpen(model) ? 1 : 0),
      { selector, model },
    );
  }
  const none = counter('no_model', 'Requests for which no model could be used', {});
  return {
    selected: (model, explored) => {
      counter('selections', 'Choices of a model', { model, explored: String(explored) }).add();
    },
    fellBack: (model) => counter('fallbacks', 'Calls of a model after another failed', { model }).add(),
    outcome: (model, ok) => {
      counter('outcomes', 'Calls reported, by outcome', { model, outcome: ok ? 'ok' : 'error' }).add();
    },
    opened: (model) => counter('breaker_opened', 'Times that failures shut a model out', { model }).add(),
    none: () => none.add(),
  };
}
