import { useEffect, useRef, useState } from 'preact/hooks';
import { attributeKeys, attributeValues } from '../api/traces';
import { complete, conditionAt } from '../lib/condition-text';

export interface ConditionInputProps {
  readonly id: string;
  readonly value: string;
  readonly placeholder: string;
  readonly onChange: (text: string) => void;
}

/** What spans keep beside their attributes. */
const FIELDS = ['name', 'service', 'kind', 'status', 'error', 'duration_ms'];

/** A field for conditions on attributes: keys and values complete from what is stored. */
export function ConditionInput({ id, value, placeholder, onChange }: ConditionInputProps) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const [options, setOptions] = useState<readonly string[]>([]);
  const [chosen, setChosen] = useState(-1);
  const [open, setOpen] = useState(false);
  const asked = useRef(0);
  useEffect(() => {
    if (document.activeElement !== input.current) setText(value);
  }, [value]);

  const suggest = async (): Promise<void> => {
    const turn = ++asked.current;
    const element = input.current;
    if (element === null) return;
    const at = conditionAt(element.value, element.selectionStart ?? element.value.length);
    await new Promise((resolve) => setTimeout(resolve, 120));
    if (turn !== asked.current) return;
    const found = await (at.kind === 'key' ? attributeKeys(at.part) : attributeValues(at.key, at.part)).catch(() => []);
    if (turn !== asked.current) return;
    const own = at.kind === 'key' ? FIELDS.filter((name) => name.includes(at.part.toLowerCase())) : [];
    setOptions([...own, ...found].filter((each) => each !== at.part).slice(0, 30));
    setChosen(-1);
    setOpen(true);
  };
  const take = (option: string): void => {
    const element = input.current;
    if (element === null) return;
    const next = complete(text, conditionAt(text, element.selectionStart ?? text.length), option);
    setText(next.text);
    setOptions([]);
    element.focus();
    requestAnimationFrame(() => {
      element.setSelectionRange(next.caret, next.caret);
      void suggest();
    });
  };
  const commit = (): void => {
    asked.current++;
    setOpen(false);
    if (text.trim() !== value) onChange(text.trim());
  };
  const shown = open && options.length > 0;
  return (
    <div class="combobox">
      <input
        ref={input}
        id={id}
        role="combobox"
        aria-expanded={shown}
        aria-controls={`${id}-options`}
        aria-autocomplete="list"
        autocomplete="off"
        spellcheck={false}
        placeholder={placeholder}
        value={text}
        {...(shown && chosen >= 0 ? { 'aria-activedescendant': `${id}-option-${chosen}` } : {})}
        onInput={(event) => {
          setText(event.currentTarget.value);
          void suggest();
        }}
        onFocus={() => void suggest()}
        onBlur={commit}
        onKeyDown={(event) => {
          const move = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
          if (move !== 0 && shown) {
            event.preventDefault();
            setChosen((at) => (at + move + options.length + (at < 0 && move < 0 ? 1 : 0)) % options.length);
          } else if ((event.key === 'Enter' || event.key === 'Tab') && shown && chosen >= 0) {
            event.preventDefault();
            take(options[chosen] ?? '');
          } else if (event.key === 'Enter') {
            event.preventDefault();
            commit();
          } else if (event.key === 'Escape' && shown) {
            event.stopPropagation();
            setOpen(false);
          }
        }}
      />
      {shown && (
        <ul class="options" id={`${id}-options`} role="listbox" aria-label="Completions">
          {options.map((option, index) => (
            <li
              key={option}
              id={`${id}-option-${index}`}
              role="option"
              aria-selected={index === chosen}
              // Before the field loses the focus.
              onPointerDown={(event) => {
                event.preventDefault();
                take(option);
              }}
            >
              {option}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
