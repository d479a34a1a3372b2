/** The sections of a runbook file by the alert they are headed with (`## Alert`); of a repeated one the first. */
export function readRunbooks(markdown: string): ReadonlyMap<string, string> {
  const sections = new Map<string, string>();
  for (const part of markdown.replaceAll('\r\n', '\n').split(/^## /m).slice(1)) {
    const end = part.indexOf('\n');
    const name = (end < 0 ? part : part.slice(0, end)).trim();
    if (name !== '' && !sections.has(name)) sections.set(name, end < 0 ? '' : part.slice(end + 1).trim());
  }
  return sections;
}
