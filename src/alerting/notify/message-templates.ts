import { LRUCache } from 'lru-cache';
import { parseTemplate, templateLibrary } from '../../template';
import type { Template, TemplateLibrary } from '../../template';
import { DEFAULT_TEMPLATES } from './default-templates';
import { messageData } from './message-data';
import { messageFunctions } from './message-functions';
import type { Notification } from './notification';

/** Renders the texts of notifications: Alertmanager's templates, the built-in ones and those of the configured files. */
export class MessageTemplates {
  private readonly library: TemplateLibrary;
  private readonly overridden: ReadonlySet<string>;
  private readonly parsed = new LRUCache<string, Template>({ max: 1000 });

  /**
   * @param files the configured template files; their definitions take the place of built-in ones.
   * @throws TemplateSyntaxError
   */
  constructor(files: readonly { readonly name: string; readonly text: string }[] = []) {
    this.overridden = new Set(templateLibrary(files, messageFunctions(0)).keys());
    this.library = templateLibrary([{ name: 'default.tmpl', text: DEFAULT_TEMPLATES }, ...files], messageFunctions(0));
  }

  /**
   * @throws TemplateSyntaxError
   * @throws TemplateExecutionError
   */
  text(text: string, notification: Notification): string {
    return this.render(text, notification, false);
  }

  /** As `text`, with what `{{ }}` prints escaped for HTML. */
  html(text: string, notification: Notification): string {
    return this.render(text, notification, true);
  }

  /**
   * The text as configured; without one, the named default template where the configured files redefine it, else what
   * `builtIn` makes.
   * @throws TemplateSyntaxError
   * @throws TemplateExecutionError
   */
  textOr(given: string | undefined, name: string, notification: Notification, builtIn: () => string): string {
    // Configured texts speak of alerts.
    if (notification.document !== undefined) return builtIn();
    if (given !== undefined) return this.text(given, notification);
    return this.overridden.has(name) ? this.text(`{{ template "${name}" . }}`, notification) : builtIn();
  }

  /** @throws TemplateSyntaxError */
  check(text: string): void {
    if (text.includes('{{')) this.parse(text, false);
  }

  private render(text: string, notification: Notification, html: boolean): string {
    if (!text.includes('{{')) return text;
    return this.parse(text, html).render(messageData(notification), messageFunctions(notification.at));
  }

  private parse(text: string, html: boolean): Template {
    const key = (html ? 'h' : 't') + text;
    let template = this.parsed.get(key);
    if (template === undefined) {
      template = parseTemplate(text, { library: this.library, functions: messageFunctions(0), html });
      this.parsed.set(key, template);
    }
    return template;
  }
}
