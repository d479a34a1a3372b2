import { existsSync } from 'node:fs';
import { parentPort, receiveMessageOnPort, Worker, workerData } from 'node:worker_threads';
import { CodedError, messageOf } from './errors';

/** A worker thread ended, or answered with a fault of its own. */
export class WorkerFailedError extends CodedError {
  readonly code = 'WORKER_FAILED';
  /** The code of the fault inside the worker, where it had one. */
  readonly remoteCode: string | undefined;

  constructor(message: string, options?: { cause?: unknown; remoteCode?: string | undefined }) {
    super(message, options);
    this.remoteCode = options?.remoteCode;
  }
}

/** The calls a worker answers: name to argument and result. Both must survive structured cloning. */
export type Protocol = Readonly<Record<string, { readonly argument: unknown; readonly result: unknown }>>;

interface Request {
  readonly id: number;
  readonly method: string;
  readonly argument: unknown;
}

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string; readonly code: string | undefined };
}

/** What a call to a worker may be told. */
export interface CallOptions {
  /** Buffers that move to the worker instead of being copied; the caller loses them. */
  readonly transfer?: readonly ArrayBuffer[];
}

/** The calling side of a worker thread. Calls are answered in any order, taken up in theirs. */
export class WorkerClient<P extends Protocol> {
  private readonly pending = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  private nextId = 1;
  private ended: Error | undefined;

  /** @param onEnd told once when the thread has ended, on purpose or not. */
  constructor(
    private readonly worker: Worker,
    private readonly onEnd: (error: Error) => void = () => undefined,
  ) {
    worker.on('message', (reply: Reply) => this.settle(reply));
    worker.on('error', (error) =>
      this.fail(new WorkerFailedError(`worker failed: ${messageOf(error)}`, { cause: error })),
    );
    worker.on('exit', (code) => this.fail(new WorkerFailedError(`worker ended with code ${code}`)));
    worker.unref();
  }

  /** How many calls wait for their answer. */
  get waiting(): number {
    return this.pending.size;
  }

  /** @throws WorkerFailedError when the worker answers with a fault or ends before it answers. */
  call<M extends keyof P & string>(
    method: M,
    argument: P[M]['argument'],
    options: CallOptions = {},
  ): Promise<P[M]['result']> {
    if (this.ended) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      const id = this.nextId++;
      this.pending.set(id, { resolve, reject });
      if (this.pending.size === 1) this.worker.ref();
      const request: Request = { id, method, argument };
      try {
        this.worker.postMessage(request, [...(options.transfer ?? [])]);
      } catch (error) {
        this.take(id);
        reject(new WorkerFailedError(`${method} cannot be sent to the worker: ${messageOf(error)}`, { cause: error }));
      }
    });
  }

  /** Ends the thread at once; calls still waiting are rejected. */
  async terminate(): Promise<void> {
    await this.worker.terminate();
  }

  private settle(reply: Reply): void {
    const call = this.take(reply.id);
    if (reply.error) call?.reject(new WorkerFailedError(reply.error.message, { remoteCode: reply.error.code }));
    else call?.resolve(reply.result);
  }

  private take(id: number): { resolve(value: unknown): void; reject(error: Error): void } | undefined {
    const call = this.pending.get(id);
    this.pending.delete(id);
    if (this.pending.size === 0) this.worker.unref();
    return call;
  }

  private fail(error: Error): void {
    const isFirst = this.ended === undefined;
    const ended = (this.ended ??= error);
    const calls = [...this.pending.values()];
    this.pending.clear();
    for (const call of calls) call.reject(ended);
    if (isFirst) this.onEnd(ended);
  }
}

/**
 * Starts the module at `path` (without suffix) in a thread of its own: the compiled file where there is one, else the
 * TypeScript source, transpiled as it is loaded.
 */
export function startWorker<P extends Protocol>(
  path: string,
  data: unknown,
  onEnd?: (error: Error) => void,
): WorkerClient<P> {
  const compiled = `${path}.js`;
  const worker = existsSync(compiled)
    ? new Worker(compiled, { workerData: data })
    : new Worker(TYPESCRIPT_BOOTSTRAP, { eval: true, workerData: { [ENTRY]: `${path}.ts`, data } });
  return new WorkerClient<P>(worker, onEnd);
}

/** What `startWorker` was given, inside the worker. The caller checks its shape. */
export function workerInput(): unknown {
  const given: unknown = workerData;
  return typeof given === 'object' && given !== null && ENTRY in given && 'data' in given ? given.data : given;
}

/** The answering side. */
export interface WorkerService<P extends Protocol> {
  readonly handlers: {
    readonly [M in keyof P]: (argument: P[M]['argument']) => P[M]['result'] | Promise<P[M]['result']>;
  };
  /** Before the first of a run of calls that arrived together. */
  beginTurn?(): void;
  /** After the last; answers leave only when it returns. What it throws rejects every call of the turn. */
  endTurn?(): void;
  /** Buffers of a result that move to the caller. */
  transfer?(result: unknown): ArrayBuffer[];
  /** At most so many calls in one turn. */
  readonly turnSize?: number;
}

/**
 * Answers calls, inside a worker. Calls that wait already are taken up together in one turn, so that they can share a
 * commit.
 */
export function serveWorker<P extends Protocol>(service: WorkerService<P>): void {
  const port = parentPort;
  if (port === null) throw new WorkerFailedError('not in a worker');
  const turnSize = service.turnSize ?? 256;
  const send = (reply: Reply): void => port.postMessage(reply, service.transfer?.(reply.result) ?? []);

  port.on('message', (first: Request) => {
    const turn = [first];
    while (turn.length < turnSize) {
      const next: { message: Request } | undefined = receiveMessageOnPort(port);
      if (next === undefined) break;
      turn.push(next.message);
    }
    const replies: Reply[] = [];
    try {
      service.beginTurn?.();
      for (const request of turn) answer(request, replies);
      service.endTurn?.();
    } catch (error) {
      for (const { id } of turn) send({ id, error: faultOf(error) });
      return;
    }
    for (const reply of replies) send(reply);
  });

  function answer({ id, method, argument }: Request, replies: Reply[]): void {
    const handler = service.handlers[method];
    try {
      if (!handler) throw new WorkerFailedError(`the worker knows no "${method}"`);
      const result = handler(argument);
      if (result instanceof Promise) {
        result.then(
          (value: unknown) => send({ id, result: value }),
          (error: unknown) => send({ id, error: faultOf(error) }),
        );
      } else replies.push({ id, result });
    } catch (error) {
      replies.push({ id, error: faultOf(error) });
    }
  }
}

function faultOf(error: unknown): { message: string; code: string | undefined } {
  return { message: messageOf(error), code: error instanceof CodedError ? error.code : undefined };
}

/** The key that tells bootstrap data from plain data. */
const ENTRY = 'telltale:entry';

/** Teaches a thread to load TypeScript, then loads the entry. Only ever runs from a source tree. */
const TYPESCRIPT_BOOTSTRAP = `
const { workerData } = require('node:worker_threads');
const { createRequire } = require('node:module');
const { readFileSync } = require('node:fs');
const entry = workerData['${ENTRY}'];
const fromEntry = createRequire(entry);
const { transformSync } = fromEntry('@swc/core');
require.extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    swcrc: false,
    sourceMaps: 'inline',
    module: { type: 'commonjs' },
    jsc: { target: 'es2022', keepClassNames: true, parser: { syntax: 'typescript', decorators: true } },
  });
  module._compile(code, filename);
};
fromEntry(entry);
`;
