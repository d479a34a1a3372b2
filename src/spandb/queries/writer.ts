import { WireWriter } from '../../otlp';
import type { RecordRange, ScopeEntry } from '../blocks/segment';

/** Puts stored records back under their resources and scopes: an export request again. */
export class Writer {
  private readonly wire = new WireWriter(16_384);

  group({ resource, resourceUrl, scope, scopeUrl }: ScopeEntry, records: readonly RecordRange[]): void {
    const outer = this.wire.begin(1);
    this.wire.bytes(1, resource);
    const inner = this.wire.begin(2);
    this.wire.bytes(1, scope);
    for (const { buffer, start, end } of records) this.wire.bytes(2, buffer.subarray(start, end));
    if (scopeUrl !== '') this.wire.string(3, scopeUrl);
    this.wire.end(inner);
    if (resourceUrl !== '') this.wire.string(3, resourceUrl);
    this.wire.end(outer);
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.wire.finish();
  }
}
