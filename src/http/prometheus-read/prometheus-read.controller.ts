import { once } from 'node:events';
import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CLOCK } from '../../base/clock';
import type { Clock } from '../../base/clock';
import { BadInputError, CodedError, messageOf, OverloadedError } from '../../base/errors';
import { Slices } from '../../base/slices';
import { snappyDecompress, snappyElements, snappyLength } from '../../ingest';
import { SERIES_STORE } from '../../storage';
import type { SeriesColumns, SeriesReader } from '../../storage';
import { readBody } from '../read-body';
import { decodeReadRequest } from './read-request';
import type { ReadQuery } from './read-request';
import { ReadResponseWriter } from './read-response';

/** The number of prometheus.ReadRequest.ResponseType that is given. */
const SAMPLES = 0;
const MAX_BODY_BYTES = 1_048_576;
/** Series and samples of one answer, and answers at once: what bounds the memory they take. */
const MAX_SERIES = 100_000;
const MAX_SAMPLES = 5_000_000;
const MAX_AT_ONCE = 4;
/** Bytes that are compressed at once. */
const BLOCK = 65_536;

/** Prometheus remote read: another Prometheus, or what speaks its protocol, asks for raw samples. */
@Controller()
export class PrometheusReadController {
  private running = 0;

  constructor(
    @Inject(SERIES_STORE) private readonly reader: SeriesReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Body: a Snappy-compressed prometheus.ReadRequest. Answers samples, not streamed chunks; errors are text, as the protocol has it. */
  @Post('api/v1/read')
  async read(@Req() request: Request, @Res() response: Response): Promise<void> {
    this.running++;
    try {
      if (this.running > MAX_AT_ONCE) throw new OverloadedError(`${MAX_AT_ONCE} remote reads run already`, 1000);
      const body = await readBody(request, MAX_BODY_BYTES);
      if (body === undefined) throw new BadInputError(`the request is longer than ${MAX_BODY_BYTES} bytes`);
      const { queries, accepts } = decodeReadRequest(snappyDecompress(body, 16 * MAX_BODY_BYTES));
      if (accepts.length > 0 && !accepts.includes(SAMPLES)) {
        throw new BadInputError(`none of the requested response types [${accepts.join(' ')}] is given; SAMPLES (0) is`);
      }
      const slices = new Slices(this.clock);
      const pause = async (): Promise<void> => {
        if (slices.isOver) await slices.turn();
      };
      const writer = new ReadResponseWriter(pause);
      const budget = { samples: MAX_SAMPLES };
      for (const query of queries) await writer.add(await this.select(query, budget));
      response.status(200).set({ 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' });
      await send(response, writer.finish(), pause);
    } catch (error) {
      refuse(response, error);
    } finally {
      this.running--;
    }
  }

  private async select({ start, end, matchers }: ReadQuery, budget: { samples: number }): Promise<SeriesColumns[]> {
    // The store's windows are left-open, the protocol's are closed.
    const all = await this.reader.select(matchers, start - 1, end, { seriesLimit: MAX_SERIES });
    for (const { from, to } of all) budget.samples -= to - from;
    if (budget.samples < 0) {
      throw new BadInputError(`more than ${MAX_SAMPLES} samples: ask for a shorter time or fewer series`);
    }
    return all;
  }
}

/** Compresses and sends, as fast as it is read. */
async function send(
  response: Response,
  { length, parts }: { readonly length: number; readonly parts: readonly Uint8Array[] },
  pause: () => Promise<void>,
): Promise<void> {
  response.write(snappyLength(length));
  for (const block of blocksOf(parts)) {
    if (response.destroyed) return;
    if (!response.write(snappyElements(block))) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    await pause();
  }
  response.end();
}

function* blocksOf(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  let block: Uint8Array[] = [];
  let size = 0;
  for (const part of parts) {
    block.push(part);
    size += part.length;
    if (size < BLOCK) continue;
    yield Buffer.concat(block);
    [block, size] = [[], 0];
  }
  if (size > 0) yield Buffer.concat(block);
}

const STATUS: Readonly<Record<string, number>> = { OVERLOADED: 503, STORE_UNAVAILABLE: 503 };

function refuse(response: Response, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const status = error instanceof CodedError ? (STATUS[error.code] ?? 400) : 500;
  response.removeHeader('content-encoding');
  response
    .status(status)
    .type('text/plain')
    .send(`${messageOf(error)}\n`);
}
