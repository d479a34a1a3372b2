import { parse } from 'yaml';

/**
 * Renders a tree whose texts are templates. A text that came out different and reads as YAML of another kind than text
 * (a number, a list, a mapping) becomes that; a text without actions stays as it is.
 */
export function renderPayload(tree: unknown, render: (text: string) => string): unknown {
  if (typeof tree === 'string') return tree.includes('{{') ? structured(render(tree)) : tree;
  if (Array.isArray(tree)) return tree.map((item) => renderPayload(item, render));
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [render(key), renderPayload(value, render)]));
}

function structured(text: string): unknown {
  try {
    const value: unknown = parse(text);
    return typeof value === 'string' || value === null || value === undefined ? text : value;
  } catch {
    return text;
  }
}
