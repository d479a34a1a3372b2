import { GrowingTable } from './envelope';
import { EnvelopeWalker } from './envelope-walker';
import { logRows } from './log-columns';
import type { LogColumns } from './log-columns';
import type { RowFormat } from './row-format';
import { isOwn, spanRows } from './span-columns';
import type { SpanColumns } from './span-columns';
import { WireReader } from './wire/reader';

/** Bytes copied in one step, and rows expected in so many bytes: a table that need not grow is not copied. */
const COPY_BYTES = 1_048_576;
const ROW_BYTES = 200;

/** Decodes a large request step by step, so that other work gets its turn in between. */
export class StepwiseDecoding<C> {
  private readonly bytes: Uint8Array<ArrayBuffer>;
  private readonly reader: WireReader;
  private readonly walker: EnvelopeWalker;
  private readonly table: GrowingTable;
  /** How much of the bytes was copied to memory of our own. */
  private copied: number;
  private rejected = 0;
  private reason = '';

  constructor(
    private readonly source: Uint8Array,
    private readonly format: RowFormat<C>,
  ) {
    const own = isOwn(source);
    this.bytes = own ? new Uint8Array(source.buffer) : new Uint8Array(source.byteLength);
    this.copied = own ? source.byteLength : 0;
    this.reader = new WireReader(this.bytes);
    this.walker = new EnvelopeWalker(this.reader);
    this.table = new GrowingTable(format.width, Math.max(64, Math.ceil(source.byteLength / ROW_BYTES)));
  }

  /**
   * Reads so many more records, or about so many bytes; false when none is left.
   * @throws OtlpDecodeError when what it meets is malformed.
   */
  step(records: number, maxBytes = Infinity): boolean {
    if (this.copied < this.bytes.byteLength) {
      const end = Math.min(this.bytes.byteLength, this.copied + COPY_BYTES);
      this.bytes.set(this.source.subarray(this.copied, end), this.copied);
      this.copied = end;
      return true;
    }
    const until = this.reader.pos + maxBytes;
    for (let read = 0; read < records; read++) {
      const state = this.walker.next(until);
      if (state !== 'record') return state !== 'end';
      const problem = this.format.read(this.reader, this.table, this.walker.scope);
      if (problem === '') continue;
      this.table.drop();
      this.rejected++;
      this.reason ||= problem;
    }
    return true;
  }

  /** The columns, once no record is left. */
  finish(): C {
    const { resources, scopes } = this.walker.envelope;
    return this.format.columns(
      {
        bytes: this.bytes,
        table: this.table.trimmed(),
        resources: resources.trimmed(),
        scopes: scopes.trimmed(),
      },
      { count: this.rejected, message: this.reason },
    );
  }
}

/** As `decodeTraces`, step by step. */
export function stepwiseTraces(bytes: Uint8Array): StepwiseDecoding<SpanColumns> {
  return new StepwiseDecoding(bytes, spanRows);
}

/** As `decodeLogs`, step by step. */
export function stepwiseLogs(bytes: Uint8Array): StepwiseDecoding<LogColumns> {
  return new StepwiseDecoding(bytes, logRows);
}
