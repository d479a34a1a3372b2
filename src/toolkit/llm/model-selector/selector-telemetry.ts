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
    telemetry.counter(name, help, { selector, ...labels });
  for (const model of models) {
    telemetry.observedGauge(
      'telltale_selector_breaker_open',
      'Whether the model is shut out after failures (1) or not (0)',
      () => (isOpen(model) ? 1 : 0),
      { selector, model },
    );
  }
  const none = counter('telltale_selector_no_model_total', 'Requests for which no model could be used', {});
  return {
    selected: (model, explored) => {
      counter('telltale_selector_selections_total', 'Choices of a model', { model, explored: String(explored) }).add();
    },
    fellBack: (model) =>
      counter('telltale_selector_fallbacks_total', 'Calls of a model after another failed', { model }).add(),
    outcome: (model, ok) => {
      counter('telltale_selector_outcomes_total', 'Calls reported, by outcome', {
        model,
        outcome: ok ? 'ok' : 'error',
      }).add();
    },
    opened: (model) =>
      counter('telltale_selector_breaker_opened_total', 'Times that failures shut a model out', { model }).add(),
    none: () => none.add(),
  };
}
