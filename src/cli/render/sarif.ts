import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Problem } from '../../rules';

/** Problems as a SARIF 2.1.0 log, which code-scanning services read. */
export function problemsToSarif(problems: readonly Problem[]): unknown {
  const codes = [...new Set(problems.map(({ code }) => code))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'telltale', rules: codes.map((id) => ({ id })) } },
        results: problems.map(({ code, severity, message, fix, file, line, column }) => ({
          ruleId: code,
          ruleIndex: codes.indexOf(code),
          level: severity,
          message: { text: fix === undefined ? message : `${message}. ${fix}` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: uriOf(file) },
                ...(line > 0 ? { region: { startLine: line, startColumn: column } } : {}),
              },
            },
          ],
        })),
      },
    ],
  };
}

/** Relative to the working directory where the file lies below it. */
function uriOf(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? pathToFileURL(file).href : path.split('\\').join('/');
}
