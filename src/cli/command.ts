import type { Command as Commander } from 'commander';

/** Exit codes of every verb. */
export const EXIT = { ok: 0, findings: 1, wrongUse: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a verb may touch, so that a test can stand in for the terminal. */
export interface CommandEnvironment {
  /** Writes to standard output; no newline is added. */
  out(text: string): void;
  /** Writes to standard error. */
  err(text: string): void;
  /** Standard input, whole, as text. */
  readStdin(): Promise<string>;
  /** Whether standard output is a terminal: colour and progress only then. */
  readonly interactive: boolean;
  /** Columns of the terminal; 100 when it is none. */
  readonly columns: number;
  /** Calls back at every SIGHUP, which ends the process while nobody listens. */
  readonly onHangup?: (listener: () => void) => void;
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** The directory that relative paths start from. */
  readonly cwd: string;
  /** The base URL of the running stack, from `--url` or TELLTALE_URL; default http://127.0.0.1:4319. */
  readonly stackUrl: string;
}

/** One verb of the command line. */
export interface CommandDefinition {
  readonly name: string;
  /** One line for the list of verbs. */
  readonly doc: string;
  /** A call worth copying, shown by `--help`. */
  readonly example: string;
  /** Declares arguments, options and sub-verbs; `run` functions are attached with `.action(wrap(…))`. */
  build(verb: Commander, wrap: Wrap): void;
}

/** Turns a verb's function into a commander action that sets the exit code and prints coded errors. */
export type Wrap = <A extends unknown[]>(
  run: (environment: CommandEnvironment, ...args: A) => Promise<ExitCode>,
) => (...args: A) => Promise<void>;

/** Declares a verb. */
export function defineCommand(definition: CommandDefinition): CommandDefinition {
  return definition;
}
