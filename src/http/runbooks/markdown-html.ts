/**
 * What runbooks are written in as HTML: headings, paragraphs, lists, fenced code, bold, code, links. Everything else is text:
 * no HTML of the source comes through, and links lead to http, https or a path only.
 */
export function toHtml(markdown: string): string {
  const blocks: string[] = [];
  const lines = markdown.replaceAll('\r\n', '\n').split('\n');
  for (let index = 0; index < lines.length;) {
    const line = lines[index] ?? '';
    if (line.startsWith('```')) {
      const end = lines.findIndex((other, at) => at > index && other.startsWith('```'));
      const stop = end < 0 ? lines.length : end;
      blocks.push(`<pre><code>${escapeHtml(lines.slice(index + 1, stop).join('\n'))}</code></pre>`);
      index = stop + 1;
      continue;
    }
    const heading = /^(#{1,6}) (.*)$/.exec(line);
    if (heading !== null) {
      const level = (heading[1] ?? '#').length;
      blocks.push(`<h${level}>${inline(heading[2] ?? '')}</h${level}>`);
      index += 1;
      continue;
    }
    if (line.trim() === '') {
      index += 1;
      continue;
    }
    const end = lines.findIndex((other, at) => at > index && (other.trim() === '' || /^(?:```|#{1,6} )/.test(other)));
    const part = lines.slice(index, end < 0 ? lines.length : end);
    blocks.push(part.every((item) => /^(?:[-*] | {2})/.test(item)) ? list(part) : `<p>${inline(part.join('\n'))}</p>`);
    index += part.length;
  }
  return blocks.join('\n');
}

function list(lines: readonly string[]): string {
  const items: string[] = [];
  for (const line of lines) {
    if (/^[-*] /.test(line)) items.push(line.slice(2));
    else items.push(`${items.pop() ?? ''} ${line.trim()}`);
  }
  return `<ul>${items.map((item) => `<li>${inline(item)}</li>`).join('')}</ul>`;
}

/** Code first: nothing within it means anything. */
function inline(text: string): string {
  return text
    .split(/(`[^`]+`)/)
    .map((part) => (/^`[^`]+`$/.test(part) ? `<code>${escapeHtml(part.slice(1, -1))}</code>` : marks(escapeHtml(part))))
    .join('');
}

function marks(escaped: string): string {
  return escaped
    .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replace(/\[([^\]]+)\]\(((?:https?:\/\/|\/(?!\/)|#)[^\s)]*)\)/g, '<a href="$2" rel="noreferrer">$1</a>');
}

/** Text as HTML. */
export function escapeHtml(text: string): string {
  const named: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => named[character] ?? character);
}
