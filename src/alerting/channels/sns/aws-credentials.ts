import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ChannelEnvironment } from '../channel';
import { UnreadableSecretError } from '../../errors';

/** Keys of Amazon Web Services. */
export interface AwsCredentials {
  readonly accessKey: string;
  readonly secretKey: string;
  /** Of temporary keys. */
  readonly sessionToken?: string | undefined;
}

/**
 * The keys of the machine, in the order of AWS' own tools: the environment (unless a profile is asked for), then the
 * profile in the shared credentials file, then in the shared configuration file. Containers' and instances' metadata
 * services are not asked.
 * @param profile its name; without one `AWS_PROFILE`, then `default`.
 * @throws UnreadableSecretError where there are none; it names the places that were searched.
 */
export function ambientCredentials(profile: string | undefined, environment: ChannelEnvironment): AwsCredentials {
  const {
    AWS_ACCESS_KEY_ID: accessKey,
    AWS_SECRET_ACCESS_KEY: secretKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = environment;
  if (profile === undefined && accessKey && secretKey) return { accessKey, secretKey, sessionToken };
  const name = profile ?? environment['AWS_PROFILE'] ?? 'default';
  const folder = join(environment['HOME'] ?? homedir(), '.aws');
  const credentialsFile = environment['AWS_SHARED_CREDENTIALS_FILE'] ?? join(folder, 'credentials');
  const configFile = environment['AWS_CONFIG_FILE'] ?? join(folder, 'config');
  const places = [
    { path: credentialsFile, section: name },
    { path: configFile, section: name === 'default' ? name : `profile ${name}` },
  ];
  for (const { path, section } of places) {
    const keys = readSection(path, section);
    const [id, secret] = [keys.get('aws_access_key_id'), keys.get('aws_secret_access_key')];
    if (id !== undefined && secret !== undefined)
      return { accessKey: id, secretKey: secret, sessionToken: keys.get('aws_session_token') };
  }
  throw new UnreadableSecretError(
    `no AWS keys: neither sigv4.access_key in the configuration, nor AWS_ACCESS_KEY_ID in the environment, nor profile "${name}" in ${credentialsFile} or ${configFile}`,
  );
}

/** The keys of one section of an INI file; none where the file cannot be read. */
function readSection(path: string, section: string): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  let inside = false;
  for (const line of linesOf(path)) {
    const header = /^\s*\[\s*(.+?)\s*\]/.exec(line)?.[1];
    if (header !== undefined) inside = header === section;
    const [, key, value] = /^\s*([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (inside && key !== undefined && value !== undefined) keys.set(key.toLowerCase(), value);
  }
  return keys;
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split(/\r?\n/);
  } catch {
    return [];
  }
}
