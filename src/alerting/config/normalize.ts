const FLAGS: Readonly<Record<string, boolean>> = { yes: true, on: true, no: false, off: false };
const FLAG_KEYS =
  /^(?:continue|send_resolved|follow_redirects|enable_http2|insecure_skip_verify|.*require_tls|force_implicit_tls|link_names|short_fields|short|update_alerts|update_message|post_updates_to_thread|edit_messages|html|monospace|disable_notifications|proxy_from_environment|isRegex)$/;

/**
 * Reads a tree as Alertmanager's YAML reader would: a key without a value is not given, and `yes` is true where a truth is
 * wanted. A regular expression without a text stays, so that it is refused: it would match everything.
 */
export function normalizeYaml(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => normalizeYaml(item));
  if (typeof value === 'string') return FLAG_KEYS.test(key) ? (FLAGS[value.toLowerCase()] ?? value) : value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null || key.endsWith('match_re'))
      .map(([name, inner]) => [name, normalizeYaml(inner, name)]),
  );
}
