import { OverloadedError } from '../../../base/errors';
import type { Logger } from '../../../base/logger';
import type { Telemetry, Counter } from '../../../base/telemetry';
import type { AppendOutcome, IncomingSample, SeriesWriter } from '../../../storage';
import { RemoteWriteDecodeError } from '../errors';
import { decodeRemoteWrite, type RemoteWrite, type RemoteWriteVersion } from './decode';
import { snappyDecompress } from './snappy';

/** Injection token of the receiver. */
export const REMOTE_WRITE_RECEIVER = Symbol('RemoteWriteReceiver');

/** What a receiver is built from. */
export interface RemoteWriteReceiverOptions {
  readonly seriesStore: SeriesWriter;
  readonly telemetry: Telemetry;
  readonly logger: Logger;
  /** Longest request, compressed and not; default 32 and 128 MiB. */
  readonly maxBytes?: number;
  readonly maxDecompressedBytes?: number;
}

/** The answer to a request. */
export interface RemoteWriteAnswer {
  readonly status: 204 | 400 | 413 | 415 | 429;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty when all went well. */
  readonly text: string;
}

const MIB = 1_048_576;

/** Takes Prometheus remote write, 1.0 and 2.0. */
export class RemoteWriteReceiver {
  readonly maxBytes: number;
  private readonly maxDecompressedBytes: number;
  private readonly received: Counter;

  constructor(private readonly options: RemoteWriteReceiverOptions) {
    this.maxBytes = options.maxBytes ?? 32 * MIB;
    this.maxDecompressedBytes = options.maxDecompressedBytes ?? 128 * MIB;
    this.received = options.telemetry.counter(
      'telltale_remote_write_samples_total',
      'Samples received by remote write.',
    );
  }

  /**
   * @throws StoreUnavailableError when samples cannot be kept now.
   */
  async receive(contentType: string, contentEncoding: string, body: Uint8Array): Promise<RemoteWriteAnswer> {
    const version = versionOf(contentType);
    if (version === undefined) return answer(415, `content type "${contentType}" is not a remote-write message`);
    if (contentEncoding !== 'snappy' && contentEncoding !== '') {
      return answer(415, `content encoding "${contentEncoding}" is not snappy`);
    }
    let request: RemoteWrite;
    try {
      request = decodeRemoteWrite(snappyDecompress(body, this.maxDecompressedBytes), version);
    } catch (error) {
      if (error instanceof RemoteWriteDecodeError) return answer(400, error.message);
      throw error;
    }
    const { samples, metadata } = request;
    this.received.add(samples.length);
    try {
      this.options.seriesStore.describe(metadata);
      const outcome = samples.length === 0 ? NOTHING : await this.options.seriesStore.append(samples);
      return this.answerTo(outcome, samples, version);
    } catch (error) {
      if (!(error instanceof OverloadedError)) throw error;
      return { ...answer(429, error.message), headers: { 'retry-after': String(Math.ceil(error.retryAfter / 1000)) } };
    }
  }

  private answerTo(
    { appended, refused, examples }: AppendOutcome,
    samples: readonly IncomingSample[],
    version: RemoteWriteVersion,
  ): RemoteWriteAnswer {
    const headers = version === '2.0' ? writtenHeaders(samples, appended) : {};
    const reasons = Object.entries(refused);
    if (reasons.length === 0) return { status: 204, headers, text: '' };
    const text = reasons.map(([reason, count]) => `${count} ${reason.replaceAll('_', ' ')}`).join(', ');
    const example = Object.values(examples)[0] ?? '';
    return { status: 400, headers, text: `refused: ${text}; for example ${example}` };
  }
}

const NOTHING: AppendOutcome = { appended: 0, refused: {}, examples: {} };

function answer(status: RemoteWriteAnswer['status'], text: string): RemoteWriteAnswer {
  return { status, headers: {}, text };
}

function versionOf(contentType: string): RemoteWriteVersion | undefined {
  const [type = '', ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase());
  if (type !== '' && type !== 'application/x-protobuf') return undefined;
  const proto = parameters.find((parameter) => parameter.startsWith('proto='))?.slice('proto='.length) ?? '';
  if (proto === '' || proto === 'prometheus.writerequest') return '1.0';
  return proto === 'io.prometheus.write.v2.request' ? '2.0' : undefined;
}

/** When some were refused it is not known of which kind: floats are said to have been written first. */
function writtenHeaders(samples: readonly IncomingSample[], appended: number): Record<string, string> {
  const histograms = samples.filter(({ histogram }) => histogram !== undefined).length;
  const exemplars = samples.filter(({ exemplar }) => exemplar !== undefined).length;
  const floats = Math.min(appended, samples.length - histograms);
  return {
    'x-prometheus-remote-write-samples-written': String(floats),
    'x-prometheus-remote-write-histograms-written': String(appended - floats),
    'x-prometheus-remote-write-exemplars-written': String(exemplars),
  };
}
