import type { TokenCounter } from '../token-counter';

/** What the window needs to know about the messages of one API. It never changes a message that it keeps. */
export interface MessageFormat<M> {
  /** `instruction` messages (system, developer) are always kept. */
  roleOf(message: M): 'user' | 'assistant' | 'tool' | 'instruction';
  /** Ids of the tool calls that a message makes. */
  callsOf(message: M): readonly string[];
  /** Ids of the tool calls that a message answers. */
  resultsOf(message: M): readonly string[];
  /** Whether a person (not a tool) speaks in it. */
  isPrompt(message: M): boolean;
  /** Everything readable in it, for digests; `marked`: with what tells a call, its id, its result and thinking apart. */
  textOf(message: M, marked?: boolean): string;
  /** Tokens, with the API's overhead per message. */
  countOf(message: M, counter: TokenCounter): number;
  note(role: 'user' | 'assistant', text: string): M;
  /**
   * The message as the API takes it, its results first and nothing empty in it; the message itself when all is well,
   * undefined when it says nothing and may be missing.
   */
  cleaned(message: M): M | undefined;
  /** The message with only the results of those calls, each once; undefined when nothing is left. */
  withResults(message: M, keep: ReadonlySet<string>): M | undefined;
  /** The message with results added for calls that have none, or a new message when there is none to add to. */
  addResults(message: M | undefined, calls: readonly string[]): M[];
  /**
   * Moves results out of a later message, into the message of results before it or one of their own. What else is in
   * the later message is the rest, or with `whole` moves too.
   */
  moveResults(
    into: M | undefined,
    from: M,
    ids: ReadonlySet<string>,
    whole: boolean,
  ): { readonly results: M; readonly rest: M | undefined };
  /** Whether results must be in one message that follows the calls at once. */
  readonly resultsInOneMessage: boolean;
  /** Whether user and assistant take turns. */
  readonly alternates: boolean;
}

/** What a result says when none was recorded. */
export const NO_RESULT = 'No result was recorded for this call.';

/** What stands for a message that says nothing, where turns must be taken. */
export const NOTHING = '(nothing)';
/** What stands where a result was that belongs to a call further up, or to none. */
export const MOVED = '(A tool result stood here; results stand with their calls.)';
