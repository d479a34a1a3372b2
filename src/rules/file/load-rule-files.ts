import { readFileSync } from 'node:fs';
import { messageOf } from '../../base/errors';
import type { Problem } from '../problem';
import { expandGlob } from './glob';
import { readRuleFile } from './read-rule-file';
import { hasErrors } from './rule-file';
import type { RuleFile } from './rule-file';

/** Rule files, read, with every problem found. */
export interface LoadedRules {
  readonly files: readonly RuleFile[];
  readonly problems: readonly Problem[];
  /** Whether they can be used. */
  readonly usable: boolean;
}

/** Reads all rule files that the patterns stand for. A pattern without `*`, `?` or `[` must stand for a file. */
export function loadRuleFiles(patterns: readonly string[]): LoadedRules {
  const paths = new Set<string>();
  const missing: Problem[] = [];
  for (const pattern of patterns) {
    const found = expandGlob(pattern);
    for (const path of found) paths.add(path);
    if (found.length === 0 && !/[*?[]/.test(pattern)) missing.push(unreadableRules(pattern, 'there is no such file'));
  }
  const files = [...paths].map(loadOne);
  const problems = [...missing, ...files.flatMap((file) => file.problems)];
  return { files, problems, usable: !hasErrors(problems) };
}

function loadOne(path: string): RuleFile {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    return { file: path, groups: [], problems: [unreadableRules(path, messageOf(error))] };
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { file: path, groups: [], problems: [unreadableRules(path, 'it is not UTF-8')] };
  }
  return readRuleFile(path, text);
}

function unreadableRules(file: string, reason: string): Problem {
  return { severity: 'error', code: 'unreadable', file, line: 0, column: 0, message: `cannot be read: ${reason}` };
}
