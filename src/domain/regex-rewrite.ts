import { RE2JS } from 're2js';
import { RegexSyntaxError } from './regex';

/** Fills a template from a match; undefined when the text does not match. */
export type Rewrite = (text: string) => string | undefined;

/**
 * A fully anchored RE2 match that rewrites what it matches: `$1`, `${1}`, `$name` and `${name}` stand for groups, `$$` for
 * a dollar sign, as in Go's `Regexp.Expand`.
 * @throws RegexSyntaxError
 */
export function anchoredRewrite(pattern: string, template: string): Rewrite {
  const compiled = compile(pattern);
  const names = compiled.namedGroups();
  const parts = parseTemplate(template);
  return (text) => {
    const matcher = compiled.matcher(text);
    if (!matcher.find()) return undefined;
    return parts
      .map((part) => {
        if (typeof part === 'string') return part;
        const group = /^\d+$/.test(part.group) ? Number(part.group) : names[part.group];
        return group === undefined || group > matcher.groupCount() ? '' : (matcher.group(group) ?? '');
      })
      .join('');
  };
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(`^(?s:${pattern})$`);
  } catch (error) {
    throw new RegexSyntaxError(`"${pattern}" is not a regular expression (RE2 syntax): ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function parseTemplate(template: string): (string | { readonly group: string })[] {
  const parts: (string | { readonly group: string })[] = [];
  const reference = /\$(?:(\$)|\{([\p{L}\p{N}_]+)\}|([\p{L}\p{N}_]+))/gu;
  let at = 0;
  for (const match of template.matchAll(reference)) {
    parts.push(template.slice(at, match.index));
    const [whole, dollar, braced, bare] = match;
    parts.push(dollar === undefined ? { group: braced ?? bare ?? '' } : '$');
    at = match.index + whole.length;
  }
  parts.push(template.slice(at));
  return parts;
}
