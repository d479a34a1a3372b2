import { z } from 'zod';
import { duration } from '../../../base/duration';
import { delivered, refused } from '../../notify/delivery';
import type { Delivery } from '../../notify/delivery';
import { truncate } from '../../notify/outline';
import { bodyText, plainMarkup, titleText } from '../../notify/outline-text';
import { statusOf } from '../../notify/notification';
import type { Notification } from '../../notify/notification';
import { defineChannel } from '../channel';
import type { ChannelSurroundings } from '../channel';
import { compact, groupHash, httpChannel, under } from '../common';
import { deliveryOf, failureOf, jsonOf } from '../http';
import type { HttpResponse } from '../http';
import { renderPayload } from '../webhook/payload';

const fieldText = z.union([
  z.string(),
  z.strictObject({ template: z.string().optional(), enable_update: z.boolean().optional() }),
]);
const config = z.strictObject({
  ...httpChannel(true),
  api_url: z.string().optional(),
  api_type: z.enum(['auto', 'cloud', 'datacenter']).default('auto'),
  project: z.string().min(1),
  issue_type: z.string().min(1),
  summary: fieldText.optional(),
  description: fieldText.optional(),
  labels: z.array(z.string()).default([]),
  priority: z.string().optional(),
  reopen_transition: z.string().optional(),
  resolve_transition: z.string().optional(),
  wont_fix_resolution: z.string().optional(),
  reopen_duration: duration.optional(),
  fields: z.record(z.string(), z.unknown()).default({}),
});
type Options = z.output<typeof config> & { readonly api_url: string };

const MAX = { summary: 255, description: 32_000 } as const;

/** Opens, updates and closes issues in Jira; a group is one issue, known by a label. */
export const jira = defineChannel({
  name: 'jira',
  doc: 'Opens, updates and closes issues in Jira; a group is one issue.',
  carriesDocuments: false,
  upstream: true,
  pace: { concurrency: 1 },
  config,
  resolve: (given, global) => {
    const url = given.api_url ?? global.jira_api_url;
    return url === undefined
      ? 'no global Jira Cloud URL set'
      : { ...given, api_url: url, http_config: given.http_config ?? global.http_config };
  },
  create: (options, surroundings) => ({
    send: (notification, signal) => new JiraCall(options, surroundings, notification, signal).run(),
  }),
});

/** One notification's conversation with Jira. */
class JiraCall {
  private readonly label: string;

  constructor(
    private readonly options: Options,
    private readonly surroundings: ChannelSurroundings,
    private readonly notification: Notification,
    private readonly signal: AbortSignal,
  ) {
    this.label = `ALERT{${groupHash(notification.groupKey)}}`;
  }

  async run(): Promise<Delivery> {
    try {
      const project = this.text(this.options.project);
      const jql = `project="${project}" and labels="${this.label}" order by status ASC,resolutiondate DESC`;
      const found = await this.call('POST', 'search/jql', { jql, maxResults: 2, fields: ['status'] });
      if (found.status === 404)
        return refused('Jira does not know search/jql under this URL; it ends in /rest/api/3 or /rest/api/2');
      if (found.status >= 300) return deliveryOf(found, { explain });
      const issue = firstIssue(found);
      const resolved = statusOf(this.notification) === 'resolved';
      if (issue === undefined)
        return resolved
          ? delivered()
          : deliveryOf(await this.call('POST', 'issue', { fields: this.fields() }), { explain });
      const updated = await this.call('PUT', `issue/${issue.key}`, { fields: this.fields() });
      if (updated.status >= 300) return deliveryOf(updated, { explain });
      const wanted = resolved
        ? this.options.resolve_transition
        : issue.done
          ? this.options.reopen_transition
          : undefined;
      return wanted === undefined || (resolved && issue.done) ? delivered() : await this.transition(issue.key, wanted);
    } catch (error) {
      return failureOf(error, this.signal);
    }
  }

  private async transition(key: string, name: string): Promise<Delivery> {
    const listed = await this.call('GET', `issue/${key}/transitions`);
    if (listed.status >= 300) return deliveryOf(listed, { explain });
    const id = transitionId(listed, name);
    if (id === undefined) return refused(`Jira has no transition "${name}" for ${key}`);
    return deliveryOf(await this.call('POST', `issue/${key}/transitions`, { transition: { id } }), { explain });
  }

  private fields(): Record<string, unknown> {
    const { options, notification } = this;
    const { templates } = this.surroundings;
    const given = (field: Options['summary']): string | undefined =>
      typeof field === 'string' ? field : field?.template;
    const summary = templates.textOr(given(options.summary), 'jira.default.summary', notification, () =>
      titleText(notification, MAX.summary),
    );
    const description = templates.textOr(given(options.description), 'jira.default.description', notification, () =>
      bodyText(notification, plainMarkup, MAX.description),
    );
    const priority = options.priority === undefined ? '' : this.text(options.priority);
    const custom = renderPayload(options.fields, (text) => this.text(text));
    return compact({
      project: { key: this.text(options.project) },
      issuetype: { name: this.text(options.issue_type) },
      summary: truncate(summary.replace(/[\r\n]+/g, ' '), MAX.summary),
      description: truncate(description, MAX.description),
      labels: [...options.labels.map((label) => this.text(label)), this.label],
      priority: priority === '' ? undefined : { name: priority },
      ...(typeof custom === 'object' && custom !== null ? custom : {}),
    });
  }

  private text(given: string): string {
    return this.surroundings.templates.text(given, this.notification);
  }

  private call(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<HttpResponse> {
    return this.surroundings.transport({
      method,
      url: under(this.options.api_url, path),
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: this.signal,
      options: this.options.http_config,
    });
  }
}

const issues = z.object({
  issues: z.array(
    z.object({
      key: z.string(),
      fields: z
        .object({ status: z.object({ statusCategory: z.object({ key: z.string() }).optional() }).optional() })
        .optional(),
    }),
  ),
});
const transitions = z.object({ transitions: z.array(z.object({ id: z.string(), name: z.string() })) });

function firstIssue(response: HttpResponse): { key: string; done: boolean } | undefined {
  const parsed = issues.safeParse(jsonOf(response));
  const first = parsed.success ? parsed.data.issues[0] : undefined;
  return first === undefined
    ? undefined
    : { key: first.key, done: first.fields?.status?.statusCategory?.key === 'done' };
}

function transitionId(response: HttpResponse, name: string): string | undefined {
  const parsed = transitions.safeParse(jsonOf(response));
  return parsed.success ? parsed.data.transitions.find((transition) => transition.name === name)?.id : undefined;
}

function explain(response: HttpResponse): string {
  return response.body.slice(0, 300);
}
