/** A set of names, some with `*` for any characters; letters of either case are the same. */
export class GlobSet {
  private readonly exact = new Set<string>();
  private readonly pattern: RegExp | undefined;
  private readonly known = new Map<string, boolean>();

  constructor(globs: readonly string[]) {
    const parts: string[] = [];
    for (const glob of globs) {
      const lower = glob.toLowerCase();
      if (!lower.includes('*')) this.exact.add(lower);
      else parts.push(lower.split('*').map(escape).join('.*'));
    }
    this.pattern = parts.length === 0 ? undefined : new RegExp(`^(?:${parts.join('|')})$`, 's');
  }

  has(name: string): boolean {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const lower = name.toLowerCase();
    const answer = this.exact.has(lower) || this.pattern?.test(lower) === true;
    // Names are few; a flood of made-up ones is not remembered.
    if (this.known.size < 10_000 && name.length < 200) this.known.set(name, answer);
    return answer;
  }
}

function escape(text: string): string {
  return text.replace(/[\\^$.+?()[\]{}|]/g, '\\$&');
}
