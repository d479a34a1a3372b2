import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { operations } from '../api/jaeger';
import type { TraceForm } from '../api/traces';
import { navigate, setQuery } from '../lib/location';
import { useSavedSearches } from '../lib/saved-searches';
import { useFetched } from '../lib/use-fetched';
import { ConditionInput } from './condition-input';
import { Menu } from './menu';

/** How many traces may be listed; the first is where nothing is chosen. */
export const LIMITS = ['30', '100', '300'] as const;

/** What to search for. Every change is written to the URL. */
export function TraceSearchForm({
  form,
  services,
}: {
  readonly form: TraceForm;
  readonly services: readonly string[];
}) {
  const names = useFetched(`operations:${form.service}`, (signal) =>
    form.service === '' ? Promise.resolve([]) : operations(form.service, signal),
  );
  return (
    <form class="card search" role="search" onSubmit={(event) => event.preventDefault()}>
      <div class="row">
        <Field label="Service">
          <select
            value={form.service}
            onChange={(event) => setQuery({ service: event.currentTarget.value, operation: undefined })}
          >
            <option value="">any</option>
            {services.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </Field>
        <Field label="Operation">
          <select
            value={form.operation}
            disabled={form.service === ''}
            title={form.service === '' ? 'Choose a service first' : ''}
            onChange={(event) => setQuery({ operation: event.currentTarget.value })}
          >
            <option value="">any</option>
            {(names.value ?? []).map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </Field>
        <div class="field wide">
          <label
            for="trace-conditions"
            title="Conditions with blanks between: key=value, key!=value, key~part, key>1, key alone for “is there”; a minus before one for its opposite"
          >
            Conditions on attributes <span class="hint">key=value -key=value key~part key&gt;1</span>
          </label>
          <ConditionInput
            id="trace-conditions"
            value={form.q}
            placeholder="gen_ai.request.model=claude-haiku-4-5 -error=true"
            onChange={(q) => setQuery({ q, tags: undefined })}
          />
        </div>
      </div>
      <div class="row ranges">
        <RangeField
          label="Duration"
          title="Of the whole trace; of the operation where one is chosen"
          name="Duration"
          form={form}
          least="100ms"
          most="10s"
        />
        <RangeField
          label="Tokens"
          title="Input and output of the trace’s model calls"
          name="Tokens"
          form={form}
          least="1k"
          most="50k"
        />
        <RangeField
          label="Cost"
          title="US dollars at list price; traces without a price are left out"
          name="Cost"
          form={form}
          least="$0.01"
          most="$1"
        />
        <Field label="Limit">
          <select
            value={form.limit}
            onChange={(event) =>
              setQuery({ limit: event.currentTarget.value === '30' ? undefined : event.currentTarget.value })
            }
          >
            {LIMITS.map((limit) => (
              <option key={limit}>{limit}</option>
            ))}
          </select>
        </Field>
        <button
          class="button"
          type="button"
          aria-pressed={form.errors === '1'}
          onClick={() => setQuery({ errors: form.errors === '1' ? undefined : '1' })}
        >
          Only errors
        </button>
        <span class="grow" />
        <SavedSearches />
      </div>
    </form>
  );
}

/** Searches under names, kept in this browser; any of them is a link as well. */
function SavedSearches() {
  const { saved, save, remove } = useSavedSearches();
  const [name, setName] = useState('');
  return (
    <Menu label={saved.length === 0 ? 'Saved' : `Saved (${saved.length})`}>
      {saved.map((search) => (
        <div key={search.name} class="row saved">
          <button class="linklike grow" type="button" data-closes onClick={() => navigate(`/traces?${search.query}`)}>
            {search.name}
          </button>
          <button
            class="button quiet"
            type="button"
            aria-label={`Forget ${search.name}`}
            onClick={() => remove(search.name)}
          >
            ✕
          </button>
        </div>
      ))}
      <div class="row saved">
        <input
          aria-label="Name of the search"
          placeholder="Name this search"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <button
          class="button"
          type="button"
          disabled={name.trim() === ''}
          onClick={() => {
            save({ name: name.trim(), query: window.location.search.slice(1) });
            setName('');
          }}
        >
          Save
        </button>
      </div>
    </Menu>
  );
}

function RangeField({
  label,
  title,
  name,
  form,
  least,
  most,
}: {
  readonly label: string;
  readonly title: string;
  readonly name: 'Duration' | 'Tokens' | 'Cost';
  readonly form: TraceForm;
  readonly least: string;
  readonly most: string;
}) {
  return (
    <div class="field" role="group" aria-label={label} title={title}>
      <span>{label}</span>
      <div class="range-pair">
        <input
          size={6}
          aria-label={`${label}, at least`}
          placeholder={`≥ ${least}`}
          value={form[`min${name}`]}
          onChange={(event) => setQuery({ [`min${name}`]: event.currentTarget.value.trim(), min: undefined })}
        />
        <input
          size={6}
          aria-label={`${label}, at most`}
          placeholder={`≤ ${most}`}
          value={form[`max${name}`]}
          onChange={(event) => setQuery({ [`max${name}`]: event.currentTarget.value.trim(), max: undefined })}
        />
      </div>
    </div>
  );
}

function Field({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    <label class="field">
      <span>{label}</span>
      {children}
    </label>
  );
}
