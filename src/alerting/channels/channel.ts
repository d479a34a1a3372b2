import type { z } from 'zod';
import type { Clock, Millis } from '../../base/clock';
import type { AlertingFault } from '../errors';
import type { GlobalSettings } from '../config/global';
import type { Delivery } from '../notify/delivery';
import type { Notification } from '../notify/notification';
import type { MessageTemplates } from '../notify/message-templates';
import type { Credentials } from './credentials';
import type { HttpTransport } from './http';

/** One way to reach people or programs, ready to send. */
export interface Channel {
  /** One attempt; the pipeline repeats it. Never rejects for a reason of the other side. */
  send(notification: Notification, signal: AbortSignal): Promise<Delivery>;
  close?(): Promise<void>;
}

/** The process' environment variables, for what is by custom found there: keys of AWS, proxies. */
export type ChannelEnvironment = Readonly<Record<string, string | undefined>>;

/** What a channel is built with. */
export interface ChannelSurroundings {
  readonly transport: HttpTransport;
  readonly templates: MessageTemplates;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly environment: ChannelEnvironment;
  /** Whether channels that run programs may. */
  readonly allowCommands: boolean;
}

/** How fast and how much at once a provider takes. */
export interface ChannelPace {
  /** Messages under way at the same moment. */
  readonly concurrency?: number;
  /** Messages that may leave in one `per`; more wait. */
  readonly burst?: number;
  readonly per?: Millis;
}

/** A channel of a receiver, checked and with the global settings filled in. */
export interface PreparedChannel {
  readonly sendResolved: boolean;
  /** One attempt may take so long; 0 for no limit of its own. */
  readonly timeout: Millis;
  /** Texts of the configuration that are templates: checked before anything is replaced. */
  readonly templates: readonly string[];
  create(surroundings: ChannelSurroundings): Channel;
}

/** One kind of channel. */
export interface ChannelDefinition {
  /** Alertmanager's name of the integration: `webhook`, `msteamsv2`. */
  readonly name: string;
  /** The key in a receiver: `webhook_configs`. */
  readonly key: string;
  /** One line for people. */
  readonly doc: string;
  /** Whether Alertmanager knows it too; others are left out of an export. */
  readonly upstream: boolean;
  readonly schema: z.ZodType;
  readonly pace: ChannelPace;
  /** Whether its messages show the course of the value. */
  readonly showsChart: boolean;
  /** Whether it can tell something that is no alert; what opens incidents cannot. */
  readonly carriesDocuments: boolean;
  /** Fills in what the global settings say and checks what the schema cannot. */
  prepare(checked: unknown, global: GlobalSettings): PreparedChannel | readonly AlertingFault[];
}

/** A channel as its author writes it. */
export interface ChannelSource<S extends z.ZodType, R> {
  readonly name: string;
  readonly key?: string;
  readonly doc: string;
  readonly upstream?: boolean;
  readonly config: S;
  readonly pace?: ChannelPace;
  readonly showsChart?: boolean;
  readonly carriesDocuments?: boolean;
  /** The configuration with the global settings filled in, or what is missing. */
  resolve(config: z.output<S>, global: GlobalSettings): R | string;
  create(config: R, surroundings: ChannelSurroundings): Channel;
}

/** Defines a channel. */
export function defineChannel<S extends z.ZodType<{ send_resolved: boolean; timeout?: Millis }>, R extends object>(
  source: ChannelSource<S, R>,
): ChannelDefinition {
  return {
    name: source.name,
    key: source.key ?? `${source.name}_configs`,
    doc: source.doc,
    upstream: source.upstream ?? false,
    schema: source.config,
    pace: source.pace ?? {},
    showsChart: source.showsChart ?? false,
    carriesDocuments: source.carriesDocuments ?? true,
    prepare: (checked, global) => {
      const parsed = source.config.safeParse(checked);
      if (!parsed.success) return parsed.error.issues.map(({ path, message }) => ({ path, message }));
      const resolved = source.resolve(parsed.data, global);
      if (typeof resolved === 'string') return [{ path: [], message: resolved }];
      return {
        sendResolved: parsed.data.send_resolved,
        timeout: parsed.data.timeout ?? 0,
        templates: textsIn(checked),
        create: (surroundings) => source.create(resolved, surroundings),
      };
    },
  };
}

/** Every text that holds an action, wherever it stands. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return value.includes('{{') ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

/** Whether the text is an absolute http(s) URL, as far as it is not a template. */
export function urlFault(name: string, text: string | undefined): string | undefined {
  if (text === undefined || text.includes('{{') || text === '<secret>') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return `${name} is not a URL`;
  return url.protocol === 'http:' || url.protocol === 'https:'
    ? undefined
    : `unsupported scheme "${url.protocol.slice(0, -1)}" for ${name}`;
}
