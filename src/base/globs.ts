/** A set of names, some with `*` for any characters; letters of either case are the same. */
export class GlobSet {
  private readonly exact = new Set<string>();
  private readonly pattern: RegExp | undefined;

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
    const lower = name.toLowerCase();
    return this.exact.has(lower) || this.pattern?.test(lower) === true;
  }
}

function escape(text: string): string {
  return text.replace(/[\\^$.+?()[\]{}|]/g, '\\$&');
}
