/** How much a line matters. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Values of a log line: facts about our own work. Never prompts, responses, credentials or header values. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where our own log lines go. A method never throws. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Drops everything. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

function nothing(): void {
  // A silent logger has nothing to do.
}

/** One line per message in logfmt, to `write`; lines below `level` are dropped. */
export function createLogger(write: (line: string) => void, level: LogLevel, now: () => number): Logger {
  const threshold = LOG_LEVELS.indexOf(level);
  const at =
    (rank: number, name: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (rank < threshold) return;
      let line = `ts=${new Date(now()).toISOString()} level=${name} msg=${quote(message)}`;
      for (const [key, value] of Object.entries(fields)) {
        if (value !== undefined) line += ` ${key}=${typeof value === 'string' ? quote(value) : String(value)}`;
      }
      write(line + '\n');
    };
  return { debug: at(0, 'debug'), info: at(1, 'info'), warn: at(2, 'warn'), error: at(3, 'error') };
}

function quote(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : JSON.stringify(text);
}
