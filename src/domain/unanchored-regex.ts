import { RE2JS } from 're2js';
import { RegexSyntaxError } from './regex';

/** An RE2 expression that is searched for anywhere in a text, as Go's `regexp` does; linear in the text. */
export interface UnanchoredRegex {
  matches(text: string): boolean;
  /** Go's ReplaceAllString: `$1`, `${1}` and `${name}` stand for groups, `$$` for a dollar. */
  replaceAll(text: string, replacement: string): string;
}

/** @throws RegexSyntaxError */
export function unanchoredRegex(pattern: string): UnanchoredRegex {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    throw new RegexSyntaxError(`"${pattern}" is not a regular expression (RE2 syntax): ${(error as Error).message}`, {
      cause: error,
    });
  }
  return {
    matches: (text) => compiled.matcher(text).find(),
    replaceAll: (text, replacement) => {
      const matcher = compiled.matcher(text);
      let result = '';
      let last = 0;
      while (matcher.find()) {
        result += text.slice(last, matcher.start());
        result += replacement.replace(
          /\$(?:\$|(\w+)|\{(\w+)\})/g,
          (whole: string, plain: string | undefined, braced: string | undefined) => {
            const name = plain ?? braced;
            if (name === undefined) return '$';
            if (!/^\d+$/.test(name)) {
              try {
                return matcher.group(name) ?? '';
              } catch {
                return '';
              }
            }
            return Number(name) <= matcher.groupCount() ? (matcher.group(Number(name)) ?? '') : '';
          },
        );
        last = matcher.end();
      }
      return result + text.slice(last);
    },
  };
}
