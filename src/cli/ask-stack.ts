import { BadInputError, CodedError } from '../base/errors';
import type { CommandEnvironment } from './command';

/** No stack answers, or what answers is none. */
export class StackUnreachableError extends CodedError {
  readonly code = 'STACK_UNREACHABLE';
}

/**
 * Sends a request to the running stack.
 * @param path begins with a slash.
 * @throws StackUnreachableError where nothing answers.
 */
export async function askStack(stackUrl: string, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(stackUrl + path, init);
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new StackUnreachableError(
      `no stack answers at ${stackUrl} (${reasonOf(error)}); start one with "telltale serve" or name it with --url`,
      { cause: error },
    );
  }
}

/**
 * The text that the stack answers to a GET.
 * @throws StackUnreachableError where nothing answers.
 * @throws BadInputError where the stack refuses; with what it said.
 */
export async function readFromStack(environment: CommandEnvironment, path: string): Promise<string> {
  return textOf(await askStack(environment.stackUrl, path, { signal: environment.signal }));
}

/**
 * The text that the stack answers to a POST without a body.
 * @throws StackUnreachableError where nothing answers.
 * @throws BadInputError where the stack refuses; with what it said.
 */
export async function postToStack(environment: CommandEnvironment, path: string): Promise<string> {
  return textOf(await askStack(environment.stackUrl, path, { signal: environment.signal, method: 'POST' }));
}

async function textOf(response: Response): Promise<string> {
  const text = await response.text();
  if (!response.ok) throw new BadInputError(`the stack answered ${response.status}: ${text.slice(0, 300)}`);
  return text;
}

/** `fetch failed` says nothing; its cause does. */
export function reasonOf(error: unknown): string {
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : error;
  if (typeof cause !== 'object' || cause === null) return String(cause);
  // One fault per address that was tried.
  if ('errors' in cause && Array.isArray(cause.errors) && cause.errors.length > 0) return reasonOf(cause.errors[0]);
  return 'message' in cause ? String(cause.message) : String(cause);
}
