const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
  '\0': '\ufffd',
};

/** Go's html.EscapeString: safe in element content and quoted attributes. */
export function escapeHtml(text: string): string {
  // The zero byte is replaced too, as html/template does.

  return text.replace(/[&<>"'\0]/g, (char) => ENTITIES[char] ?? char);
}

/** Go's template.JSEscapeString. */
export function escapeJs(text: string): string {
  return text.replace(/[\\'"<>&=\n\r\t\u2028\u2029]/g, (char) => {
    const named = { '\\': '\\\\', "'": "\\'", '"': '\\"', '\n': '\\n', '\r': '\\r', '\t': '\\t' }[char];
    return named ?? `\\u${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  });
}

/** Go's url.QueryEscape. */
export function escapeQuery(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
