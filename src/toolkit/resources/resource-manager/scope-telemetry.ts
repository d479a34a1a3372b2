import type { Telemetry } from '../../../base/telemetry';

/** How a disposal ended: done, with a throw, or not within its deadline. */
export type DisposalOutcome = 'ok' | 'failed' | 'late';

/** The instruments of a scope and of all scopes within it. */
export interface ScopeInstruments {
  /** Resources that were taken on, less those that are gone. */
  owns(change: 1 | -1): void;
  disposed(outcome: DisposalOutcome): void;
}

/** By name; scopes of one name are counted together, so that those of requests do not hide each other. */
const known = new WeakMap<Telemetry, Map<string, ScopeInstruments>>();

/** Registers the instruments of scopes of that name, once. */
export function scopeInstruments(telemetry: Telemetry, scope: string): ScopeInstruments {
  const byName = known.get(telemetry) ?? new Map<string, ScopeInstruments>();
  known.set(telemetry, byName);
  const instruments = byName.get(scope) ?? register(telemetry, scope);
  byName.set(scope, instruments);
  return instruments;
}

function register(telemetry: Telemetry, scope: string): ScopeInstruments {
  let owned = 0;
  const help = 'Resources that scopes own, those of scopes within them too';
  telemetry.observedGauge('telltale_resources_owned', help, () => owned, { scope });
  const counter = (outcome: DisposalOutcome): { add(): void } =>
    telemetry.counter('telltale_resources_disposals_total', 'Resources disposed of by their scope, by outcome', {
      scope,
      outcome,
    });
  const disposals = { ok: counter('ok'), failed: counter('failed'), late: counter('late') };
  return {
    owns: (change) => void (owned += change),
    disposed: (outcome) => disposals[outcome].add(),
  };
}
