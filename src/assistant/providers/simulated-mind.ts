import type { Random } from '../../base/ids';
import { textOf } from '../messages';
import type { Message, ToolResultBlock, ToolUseBlock } from '../messages';
import type { ModelRequest } from './provider';

/** What the simulated model says and asks for. */
export interface Answer {
  readonly text: string;
  readonly toolUses: readonly { readonly name: string; readonly input: Readonly<Record<string, unknown>> }[];
  /** The answer hit the limit of tokens. */
  readonly truncated: boolean;
}

/** What a turn has found out so far. */
interface Turn {
  readonly prompt: string;
  readonly done: readonly { readonly use: ToolUseBlock; readonly result: ToolResultBlock }[];
}

/**
 * Decides as an assistant would: search for the identifier in the prompt, read the file that came up, patch it when a
 * change was asked for, then answer with what was found.
 */
export function decideAnswer(request: ModelRequest, random: Random, runaway: boolean, id: string): Answer {
  const turn = currentTurn(request.messages);
  const step = nextStep(turn, new Set(request.tools.map(({ name }) => name)));
  const pick = (phrases: readonly string[]): string => phrases[Math.floor(random() * phrases.length)] ?? '';
  if (step !== undefined) {
    const text = runaway ? ramble(request.maxTokens / 2, random) : pick(OPENINGS[step.name] ?? []);
    return { text, toolUses: [step], truncated: false };
  }
  if (runaway) return { text: ramble(request.maxTokens, random), toolUses: [], truncated: true };
  return { text: `${pick(CONCLUSIONS)} ${summary(turn)} (${id})`, toolUses: [], truncated: false };
}

const OPENINGS: Readonly<Record<string, readonly string[]>> = {
  search_text: ['Let me find where that is used.', 'I will search the workspace first.', ''],
  list_dir: ['Let me look at how the project is laid out.', 'First, an overview of the folder.'],
  read_file: ['I will read that file.', 'That looks like the place; reading it.', ''],
  apply_patch: ['Here is the change.', 'I will make the smallest edit that does it.'],
};

const CONCLUSIONS: readonly string[] = [
  'Here is what I found.',
  'In short:',
  'I looked at the code and this is how it works.',
  'That is the relevant part.',
];

/** The last message that a person wrote, and the tool calls answered since. */
function currentTurn(messages: readonly Message[]): Turn {
  const from = messages.findLastIndex(
    (message) => message.role === 'user' && message.content.some((block) => block.type === 'text'),
  );
  const uses = new Map<string, ToolUseBlock>();
  const done: { use: ToolUseBlock; result: ToolResultBlock }[] = [];
  for (const message of messages.slice(from + 1)) {
    for (const block of message.content) {
      if (block.type === 'tool_use') uses.set(block.id, block);
      const use = block.type === 'tool_result' ? uses.get(block.tool_use_id) : undefined;
      if (block.type === 'tool_result' && use !== undefined) done.push({ use, result: block });
    }
  }
  const prompt = messages[from];
  return { prompt: prompt === undefined ? '' : textOf(prompt), done };
}

function nextStep(
  { prompt, done }: Turn,
  tools: ReadonlySet<string>,
): { name: string; input: Record<string, unknown> } | undefined {
  const lower = prompt.toLowerCase();
  const ran = (name: string): Turn['done'][number] | undefined => done.find(({ use }) => use.name === name);
  const can = (name: string): boolean => tools.has(name) && ran(name) === undefined;
  const wantsChange = /\b(add|fix|change|rename|document|refactor|patch)\b/.test(lower);
  const wantsOverview = /\b(overview|structure|layout|files|folder|project)\b/.test(lower);
  const word = /`([^`]+)`/.exec(prompt)?.[1] ?? /\b([a-z]+[A-Z]\w*|[A-Z][a-z]+[A-Z]\w*)\b/.exec(prompt)?.[1];
  const path = /\b([\w/-]+\.(?:ts|json|md))\b/.exec(prompt)?.[1];

  if (wantsOverview && can('list_dir')) return { name: 'list_dir', input: { path: '.' } };
  if (word !== undefined && path === undefined && can('search_text')) {
    return { name: 'search_text', input: { query: word } };
  }
  const found = path ?? firstPath(ran('search_text')?.result) ?? firstPath(ran('list_dir')?.result);
  if (found !== undefined && can('read_file')) return { name: 'read_file', input: { path: found } };
  const read = ran('read_file');
  if (wantsChange && read !== undefined && read.result.is_error !== true && can('apply_patch')) {
    const patch = documentingPatch(String(read.use.input.path), read.result.content, word);
    if (patch !== undefined) return { name: 'apply_patch', input: { patch } };
  }
  return undefined;
}

function firstPath(result: ToolResultBlock | undefined): string | undefined {
  if (result === undefined || result.is_error === true) return undefined;
  return /^([\w./-]+\.\w+)(?::|\s|$)/m.exec(result.content)?.[1];
}

/** A unified diff that puts a comment above the declaration of `word`, or above the first one. */
function documentingPatch(path: string, content: string, word: string | undefined): string | undefined {
  const lines = content.split('\n');
  const declares = (line: string): boolean => /^\s*(export )?(async )?(function|class|const|interface)\b/.test(line);
  const named = lines.findIndex((line) => declares(line) && word !== undefined && line.includes(word));
  const at = named >= 0 ? named : lines.findIndex(declares);
  const line = lines[at];
  if (line === undefined) return undefined;
  const indent = /^\s*/.exec(line)?.[0] ?? '';
  return `--- a/${path}\n+++ b/${path}\n@@ -${at + 1},1 +${at + 1},2 @@\n+${indent}// Reviewed: see the notes of the change.\n ${line}\n`;
}

function summary({ prompt, done }: Turn): string {
  if (done.length === 0) return `About “${excerpt(prompt)}”: no file had to be read to answer that.`;
  return done
    .map(({ use, result }) => {
      const what = String(use.input.path ?? use.input.query ?? use.name);
      return result.is_error === true
        ? `${use.name} on ${what} failed: ${excerpt(result.content)}`
        : `${use.name} on ${what} gave ${result.content.split('\n').length} lines, beginning with “${excerpt(result.content)}”.`;
    })
    .join(' ');
}

function excerpt(text: string): string {
  const line = text.split('\n').find((candidate) => candidate.trim() !== '') ?? '';
  return line.trim().slice(0, 80);
}

const RAMBLE = ['therefore', 'reconsider', 'the', 'previous', 'step', 'once', 'more', 'because', 'it', 'may', 'matter'];

/** Words that lead nowhere, about `tokens` of them. */
function ramble(tokens: number, random: Random): string {
  const words: string[] = [];
  let length = 0;
  while (length < tokens * 3.6) {
    const word = RAMBLE[Math.floor(random() * RAMBLE.length)] ?? '';
    words.push(word);
    length += word.length + 1;
  }
  return words.join(' ');
}
