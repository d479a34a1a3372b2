import type { ModelRequest } from './provider';

/** Tokens of a text at the rate of English and code, about 3.7 characters each. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / 3.7);
}

/** Everything that a request sends, in the order of a prompt: tools, system, messages. */
export function textOfRequest({ tools, system, messages }: ModelRequest): string {
  return `${JSON.stringify(tools)}\n${system}\n${messages.map((message) => JSON.stringify(message)).join('\n')}`;
}
