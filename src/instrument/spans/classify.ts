/** How an operation ended. */
export const OUTCOMES = ['ok', 'error', 'cancelled', 'abandoned'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What an error means for an operation. */
export interface ErrorClass {
  /** Low in cardinality: a code or a class name, `_OTHER` when it has neither. */
  readonly type: string;
  readonly outcome: 'ok' | 'error' | 'cancelled';
}

/** Decides what an error means; undefined leaves it to the default. */
export type ErrorClassifier = (error: unknown) => Partial<ErrorClass> | undefined;

/** The conventions' name for an error of no known type. */
export const OTHER_ERROR = '_OTHER';

/** A code where the error has a symbolic one, else its name; aborted work is cancelled, not failed. */
export function classifyError(error: unknown, classifier?: ErrorClassifier): ErrorClass {
  const own = classifier?.(error);
  const type = own?.type ?? errorType(error);
  return { type, outcome: own?.outcome ?? (isAbort(error) ? 'cancelled' : 'error') };
}

function errorType(error: unknown): string {
  if (typeof error !== 'object' || error === null) return OTHER_ERROR;
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code === 'string' && /^[A-Za-z][\w.-]{1,63}$/.test(code)) return code;
  const name: unknown = Reflect.get(error, 'name');
  if (typeof name === 'string' && name !== '' && name !== 'Error') return name.slice(0, 64);
  const own = error.constructor?.name;
  return own === undefined || own === '' || own === 'Object' ? OTHER_ERROR : own.slice(0, 64);
}

function isAbort(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const name: unknown = Reflect.get(error, 'name');
  return name === 'AbortError' || name === 'APIUserAbortError' || Reflect.get(error, 'code') === 'ABORT_ERR';
}
