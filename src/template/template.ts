import { builtins } from './builtins';
import { execute } from './executor';
import type { FunctionMap } from './function';
import type { Definition, ParsedTemplate } from './nodes';
import { parse } from './parser';

/** How a text is read and rendered. */
export interface TemplateOptions {
  /** Shown in messages. */
  readonly name?: string;
  /** In addition to Go's own functions; one of the same name takes the place of Go's. */
  readonly functions?: FunctionMap;
  /** Texts whose `define`d templates can be used. */
  readonly library?: TemplateLibrary;
  /** Escape what `{{ }}` prints, unless it is SafeHtml. */
  readonly html?: boolean;
}

/** Named templates, shared by many texts. */
export type TemplateLibrary = ReadonlyMap<string, Definition>;

/** A parsed template, to be rendered any number of times. */
export interface Template {
  readonly name: string;
  /** The names it defines. */
  readonly defines: readonly string[];
  /**
   * @param functions take the place of those given at parsing, name by name.
   * @throws TemplateExecutionError
   */
  render(data: unknown, functions?: FunctionMap): string;
}

/** Functions that the executor has built in. */
const INNER = new Set(['and', 'or']);

/**
 * Reads a text in Go's text/template language.
 * @throws TemplateSyntaxError also for unknown functions and variables.
 */
export function parseTemplate(text: string, options: TemplateOptions = {}): Template {
  const { name = 'template', functions = {}, library, html = false } = options;
  const all: FunctionMap = { ...builtins, ...functions };
  const parsed = parse(name, text, (word) => Object.hasOwn(all, word) || INNER.has(word) || (html && word === 'tmpl'));
  const definitions = new Map([...(library ?? []), ...parsed.definitions]);
  return {
    name,
    defines: [...parsed.definitions.keys()],
    render: (data, late) =>
      execute({ name, body: bodyOf(parsed), definitions, functions: withLate(all, late), html }, data),
  };
}

/**
 * Reads and renders in one go.
 * @throws TemplateSyntaxError
 * @throws TemplateExecutionError
 */
export function renderTemplate(text: string, data: unknown, options: TemplateOptions = {}): string {
  if (!text.includes('{{')) return text;
  return parseTemplate(text, options).render(data);
}

/**
 * Collects the `define`d templates of several texts; later ones win.
 * @throws TemplateSyntaxError
 */
export function templateLibrary(
  sources: readonly { readonly name: string; readonly text: string }[],
  functions: FunctionMap = {},
): TemplateLibrary {
  const all: FunctionMap = { ...builtins, ...functions };
  const library = new Map<string, Definition>();
  for (const { name, text } of sources) {
    const parsed = parse(name, text, (word) => Object.hasOwn(all, word) || INNER.has(word) || word === 'tmpl');
    for (const [defined, definition] of parsed.definitions) library.set(defined, definition);
  }
  return library;
}

/** The late functions before the others; a prototype spares the copy that every rendering would cost. */
function withLate(all: FunctionMap, late: FunctionMap | undefined): FunctionMap {
  if (late === undefined) return all;
  const both: Record<string, FunctionMap[string]> = Object.create(all);
  return Object.assign(both, late);
}

function bodyOf(parsed: ParsedTemplate): Definition {
  return { name: parsed.name, source: { name: parsed.name, text: parsed.text }, body: parsed.body };
}
