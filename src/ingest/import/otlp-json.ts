import { readFile } from 'node:fs/promises';
import { messageOf } from '../../base/errors';
import { ImportRefusedError, ImportSourceError } from './errors';
import { findFiles } from './read-lines';
import type { OnProgress } from './imported-session';

/** What a file of OTLP/JSON held. */
export interface OtlpJsonOutcome {
  readonly file: string;
  readonly requests: number;
  /** Requests by signal. */
  readonly signals: Readonly<Record<'traces' | 'metrics' | 'logs', number>>;
}

const SIGNAL_OF = { resourceSpans: 'traces', resourceMetrics: 'metrics', resourceLogs: 'logs' } as const;

/**
 * Sends files of OTLP/JSON to a running stack: one request per file or per line, as the Collector's file exporter writes
 * them.
 * @throws ImportSourceError on a file that holds none, ImportRefusedError when the stack does not take it.
 */
export async function importOtlpJson(
  path: string,
  stackUrl: string,
  signal: AbortSignal,
  onProgress: OnProgress = () => undefined,
): Promise<OtlpJsonOutcome[]> {
  const files = await findFiles(path, (name) => /\.(json|jsonl|ndjson)$/.test(name));
  const outcomes: OtlpJsonOutcome[] = [];
  for (const [index, file] of files.entries()) {
    outcomes.push(await importFile(file, stackUrl, signal));
    onProgress(index + 1, files.length);
  }
  return outcomes;
}

async function importFile(file: string, stackUrl: string, signal: AbortSignal): Promise<OtlpJsonOutcome> {
  const text = await readFile(file, 'utf8');
  const signals = { traces: 0, metrics: 0, logs: 0 };
  let requests = 0;
  for (const request of requestsIn(text, file)) {
    const key = (['resourceSpans', 'resourceMetrics', 'resourceLogs'] as const).find((name) =>
      request.includes(`"${name}"`),
    );
    if (key === undefined) throw new ImportSourceError(`${file} holds neither spans, metrics nor logs in OTLP/JSON`);
    await post(`${stackUrl}/v1/${SIGNAL_OF[key]}`, request, signal);
    signals[SIGNAL_OF[key]]++;
    requests++;
  }
  return { file, requests, signals };
}

/** The whole text where it is one JSON value, else its lines. */
function requestsIn(text: string, file: string): string[] {
  try {
    JSON.parse(text);
    return [text];
  } catch {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    lines.forEach((line, index) => {
      try {
        JSON.parse(line);
      } catch (error) {
        throw new ImportSourceError(`${file}:${index + 1} is not JSON: ${messageOf(error)}`, { cause: error });
      }
    });
    return lines;
  }
}

async function post(url: string, body: string, signal: AbortSignal): Promise<void> {
  let response: Response;
  try {
    response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal });
  } catch (error) {
    throw new ImportRefusedError(`${url} cannot be reached: ${messageOf(error)}`, { cause: error });
  }
  if (!response.ok)
    throw new ImportRefusedError(`${url} answered ${response.status}: ${(await response.text()).slice(0, 300)}`);
}
