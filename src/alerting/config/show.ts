import { stringify } from 'yaml';
import { Secret } from '../../base/secret';
import { channels } from '../channels';

const SECRET_KEY =
  /(?:^|_)(?:password|secret|token|credentials|api_key|routing_key|service_key|user_key|auth_secret|bearer_token|bot_token|token_id|client_secret|signing_secret|key|api_secret)$/;
/** URLs that open a door by themselves. */
const SECRET_URLS = new Set(['slack_api_url', 'webhook_url', 'mattermost_webhook_url']);
/** Keys of ours that Alertmanager does not know. */
const OWN_KEYS = new Set(['escalate', 'always_resolve', 'signing_secret', 'signing_secret_file']);
const PLACEHOLDER = '<secret>';

/** The configuration in Alertmanager's notation, as its status shows it: without credentials and without what only we know. */
export function shownConfiguration(source: unknown): string {
  return stringify(strip(source, [], true), { lineWidth: 0 });
}

/** The configuration as a file for Alertmanager, credentials included. */
export function exportedConfiguration(source: unknown): { readonly text: string; readonly left: readonly string[] } {
  const left: string[] = [];
  const value = strip(source, left, false);
  return { text: stringify(value, { lineWidth: 0 }), left: [...new Set(left)] };
}

/** Credentials in a part that is kept as written become `Secret`s, so that no print of the configuration shows them. */
export function concealSecrets(value: unknown, key = '', parent = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => concealSecrets(item, key, parent));
  if (typeof value === 'string') return value !== '' && isSecret(key, parent) ? new Secret(value) : value;
  if (typeof value !== 'object' || value === null || value instanceof Secret) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, concealSecrets(inner, name, key || parent)]),
  );
}

/** The opposite of `concealSecrets`. */
export function revealSecrets(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(revealSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, revealSecrets(inner)]));
}

/** @param left what was left out, for a message. */
function strip(value: unknown, left: string[], redact: boolean, key = '', parent = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => strip(item, left, redact, key, parent));
  if (typeof value !== 'object' || value === null)
    return redact && isSecret(key, parent) && value !== '' && value !== null ? PLACEHOLDER : value;
  const kept: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    const channel = [...channels].find((candidate) => candidate.key === name);
    if (OWN_KEYS.has(name) || channel?.upstream === false) {
      left.push(name);
      continue;
    }
    kept[name] = strip(inner, left, redact, name, Array.isArray(value) ? parent : key || parent);
  }
  return kept;
}

function isSecret(key: string, parent: string): boolean {
  if (SECRET_URLS.has(key)) return true;
  if (key === 'url' && /webhook_configs|incidentio/.test(parent)) return true;
  if (key === 'api_url' && /slack_configs/.test(parent)) return true;
  return SECRET_KEY.test(key);
}
