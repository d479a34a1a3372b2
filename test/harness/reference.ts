import { join } from 'node:path';
import { stackConfig } from '../../src/config';
import { functions } from '../../src/promql';
import { configComments } from './config-comments';
import { configKeys } from './config-keys';
import { errorCodes } from './error-codes';

/** Where the reference stands, from the project's root. */
export const REFERENCE_FILE = 'src/config/REFERENCE.md';

/** The text of the reference, made from the code: configuration keys, error codes, PromQL functions. */
export function referenceText(root: string): string {
  return `${[
    '# Reference',
    '<!-- prettier-ignore-start -->',
    'Written by `npm run golden` from the code; `test/docs.spec.ts` fails while it differs.',
    '## Configuration',
    'Keys of `telltale.yaml`. `[]` stands for an item of a list, `<name>` for a name of your choice. A duration is written ' +
      'like `250ms`, `30s`, `1h30m`. A key without a default is optional unless its section needs it; an error says so, with ' +
      'its line. Any key can be set from the environment: `TELLTALE__SERVER__PORT` is `server.port`.',
    ...configSections(root),
    '## Error codes',
    'A code never changes its meaning. HTTP answers carry it as `code`; the command line prints it with its message.',
    table(
      ['code', 'class', 'when'],
      errorCodes(root).map(({ code, className, room, doc }) => [`\`${code}\``, `\`${room}\` ${className}`, doc]),
    ),
    '## PromQL functions',
    table(
      ['function', 'does'],
      [...functions].map(({ name, doc }) => [`\`${name}\``, doc]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
    ),
    '<!-- prettier-ignore-end -->',
  ].join('\n\n')}\n`;
}

function configSections(root: string): string[] {
  const comments = configComments(join(root, 'src/config/config.ts'), 'stackConfig');
  const keys = configKeys(stackConfig);
  const sections = keys.filter(({ path, type }) => type === 'section' && !path.includes('.'));
  const inSection = (path: string): boolean => sections.some((section) => belongs(path, section.path));
  const rows = (wanted: (path: string) => boolean): string =>
    table(
      ['key', 'type', 'default', 'what'],
      keys
        .filter(({ path }) => wanted(path))
        .map(({ path, type, default: value }) => [
          `\`${path}\``,
          type,
          value === undefined ? '' : `\`${value}\``,
          comments.get(path) ?? '',
        ]),
    );
  return [
    rows((path) => !inSection(path)),
    ...sections.flatMap(({ path: section }) => [
      `### ${section}`,
      comments.get(section) ?? '',
      rows((path) => path !== section && belongs(path, section)),
    ]),
  ];
}

function belongs(path: string, section: string): boolean {
  return path === section || path.startsWith(`${section}.`);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
