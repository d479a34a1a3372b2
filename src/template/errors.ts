import { CodedError } from '../base/errors';

/** The text is not a template. `line` counts from 1. */
export class TemplateSyntaxError extends CodedError {
  readonly code = 'TEMPLATE_SYNTAX';

  constructor(
    readonly templateName: string,
    readonly line: number,
    readonly detail: string,
  ) {
    super(`template: ${templateName}:${line}: ${detail}`);
  }
}

/** The template is well-formed but cannot be rendered with this data. */
export class TemplateExecutionError extends CodedError {
  readonly code = 'TEMPLATE_EXECUTION';
}
