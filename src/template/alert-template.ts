import type { EpochMillis } from '../base/clock';
import { messageOf } from '../base/errors';
import { TemplateExecutionError, TemplateSyntaxError } from './errors';
import { Interruption } from './executor';
import { prometheusFunctions, worldFunctions } from './prometheus-functions';
import type { TemplateSample } from './prometheus-functions';
import { parseTemplate } from './template';
import type { Template } from './template';
import { StringMap } from './values';

/** What the template of a label or annotation sees of its alert. */
export interface AlertTemplateData {
  readonly labels: Readonly<Record<string, string>>;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
  /** A number, or a native histogram that prints itself. */
  readonly value: unknown;
  readonly at: EpochMillis;
  /** More fields: `.Threshold`, `.TopContributors` … */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** Answers `query` in templates. */
export type TemplateQuery = (expr: string, at: EpochMillis) => Promise<readonly TemplateSample[]>;

const PRELUDE =
  '{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}';

const NO_SURROUNDINGS = prometheusFunctions({ nowSeconds: 0, externalUrl: '', query: () => [] });

/** So many different queries may one text ask. */
const MAX_QUERIES = 100;

/** The query's answer is not here yet. */
class QueryWanted extends Interruption {
  constructor(readonly expr: string) {
    super(`query ${expr}`);
  }
}

/** The text of an alert's label or annotation, in Prometheus' template language. */
export class AlertTemplate {
  private readonly template: Template | undefined;

  /** @throws TemplateSyntaxError */
  constructor(
    readonly text: string,
    /** `__alert_<name>` in Prometheus. */
    name: string,
  ) {
    this.template = text.includes('{{')
      ? parseTemplate(PRELUDE + text, { name, functions: NO_SURROUNDINGS })
      : undefined;
  }

  /** Whether the text holds nothing to fill in. */
  get isPlain(): boolean {
    return this.template === undefined;
  }

  /**
   * The text filled in. A failure gives Prometheus' `<error expanding template: …>`, never a rejection. Queries are
   * answered one by one, each by rendering anew with the answers so far: rendering itself is synchronous.
   */
  async expand(data: AlertTemplateData, query: TemplateQuery): Promise<string> {
    const { template } = this;
    if (template === undefined) return this.text;
    const answers = new Map<string, readonly TemplateSample[] | Error>();
    for (;;) {
      try {
        return this.render(template, data, answers);
      } catch (error) {
        if (!(error instanceof QueryWanted)) return failure(template.name, error);
        if (answers.size >= MAX_QUERIES) return failure(template.name, new Error('too many queries'));
        answers.set(
          error.expr,
          await query(error.expr, data.at).catch((cause: unknown) => new Error(messageOf(cause))),
        );
      }
    }
  }

  private render(
    template: Template,
    data: AlertTemplateData,
    answers: ReadonlyMap<string, readonly TemplateSample[] | Error>,
  ): string {
    const { labels, externalLabels, externalUrl, value, at, extra } = data;
    const functions = worldFunctions({
      nowSeconds: at / 1000,
      externalUrl,
      query: (expr) => {
        const answer = answers.get(expr);
        if (answer === undefined) throw new QueryWanted(expr);
        if (answer instanceof Error) throw answer;
        return answer;
      },
    });
    return template.render(
      {
        ...extra,
        Labels: new StringMap(labels),
        ExternalLabels: new StringMap(externalLabels),
        ExternalURL: externalUrl,
        Value: value,
      },
      functions,
    );
  }
}

function failure(name: string, error: unknown): string {
  const stage = error instanceof TemplateSyntaxError ? 'parsing' : 'executing';
  const detail =
    error instanceof TemplateExecutionError || error instanceof TemplateSyntaxError
      ? error.message
      : `template: ${name}: ${messageOf(error)}`;
  return `<error expanding template: error ${stage} template ${name}: ${detail}>`;
}
