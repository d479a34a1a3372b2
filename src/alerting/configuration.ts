import { dirname } from 'node:path';
import type { Clock } from '../base/clock';
import { messageOf } from '../base/errors';
import { alertmanagerPartsOf } from './alerting.config';
import type { AlertingConfig } from './alerting.config';
import type { ChannelEnvironment } from './channels/channel';
import { Credentials } from './channels/credentials';
import type { HttpTransport } from './channels/http';
import { UndiciTransport } from './channels/undici-transport';
import { readAlertmanagerConfig, readTemplateFiles, resolveOrThrow } from './config/read';
import { shownConfiguration } from './config/show';
import type { ResolvedAlerting } from './config/resolve';
import { InvalidAlertingConfigError } from './errors';
import { ChannelSet } from './notify/channel-set';
import type { DeliverInstead } from './notify/channel-set';
import { MessageTemplates } from './notify/message-templates';

/** Where a configuration comes from. */
export interface ConfigurationSource {
  readonly config: AlertingConfig;
  /** Takes the place of the section's own routes and receivers. */
  readonly alertmanagerFile?: { readonly path: string; readonly text: string };
}

/** A configuration with everything built that depends on it. */
export interface Configuration {
  readonly config: AlertingConfig;
  readonly resolved: ResolvedAlerting;
  readonly templates: MessageTemplates;
  readonly channels: ChannelSet;
  /** In Alertmanager's notation, without credentials. */
  readonly text: string;
  close(): Promise<void>;
}

/**
 * Checks a configuration, its template files and every template in it, and builds its channels.
 * @throws InvalidAlertingConfigError
 */
export function prepareConfiguration(
  { config, alertmanagerFile }: ConfigurationSource,
  around: {
    readonly clock: Clock;
    readonly directory: string;
    readonly environment?: ChannelEnvironment | undefined;
    readonly transport?: HttpTransport;
    readonly deliver?: DeliverInstead;
  },
): Configuration {
  const name = alertmanagerFile?.path ?? 'alerting';
  const directory = alertmanagerFile === undefined ? around.directory : dirname(alertmanagerFile.path);
  const resolved =
    alertmanagerFile === undefined
      ? resolveOrThrow(alertmanagerPartsOf(config), name)
      : readAlertmanagerConfig(alertmanagerFile.text, alertmanagerFile.path);
  const templates = readTemplates(resolved, directory, name);
  const credentials = new Credentials(directory);
  const environment = around.environment ?? {};
  const own =
    around.transport === undefined
      ? new UndiciTransport(credentials, config.delivery.allowedAddresses, () => around.clock.elapsed(), environment)
      : undefined;
  const transport = around.transport ?? own?.send;
  if (transport === undefined) throw new InvalidAlertingConfigError(name, [{ path: [], message: 'no transport' }]);
  const channels = new ChannelSet(
    resolved.receivers,
    {
      transport,
      templates,
      credentials,
      environment,
      clock: around.clock,
      allowCommands: config.delivery.allowCommands,
    },
    around.clock,
    config.delivery.timeout,
    config.delivery.pace,
    around.deliver,
  );
  return {
    config,
    resolved,
    templates,
    channels,
    text: shownConfiguration(resolved.source),
    close: async () => {
      await channels.close();
      await own?.close();
    },
  };
}

function readTemplates(resolved: ResolvedAlerting, directory: string, source: string): MessageTemplates {
  const files = readTemplateFiles(resolved.templateGlobs, directory, source);
  let templates: MessageTemplates;
  try {
    templates = new MessageTemplates(files);
  } catch (error) {
    throw new InvalidAlertingConfigError(source, [{ path: ['templates'], message: messageOf(error) }]);
  }
  const faults = [...resolved.receivers.values()].flatMap(({ integrations }) =>
    integrations.flatMap(({ key, prepared }) =>
      prepared.templates.flatMap((text) => {
        try {
          templates.check(text);
          return [];
        } catch (error) {
          return [{ path: ['receivers', key], message: messageOf(error) }];
        }
      }),
    ),
  );
  if (faults.length > 0) throw new InvalidAlertingConfigError(source, faults);
  return templates;
}
