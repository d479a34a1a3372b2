import type { GrowingTable } from './envelope';
import type { WireReader } from './wire/reader';

/** How one kind of record is read into a row, and what becomes of the rows. */
export interface RowFormat<C> {
  readonly width: number;
  /** Reads the record that follows into a new row; says why it cannot be taken, or nothing. */
  read(reader: WireReader, table: GrowingTable, scope: number): string;
  columns(
    parts: {
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly table: Int32Array<ArrayBuffer>;
      readonly resources: Int32Array<ArrayBuffer>;
      readonly scopes: Int32Array<ArrayBuffer>;
    },
    rejected: { readonly count: number; readonly message: string },
  ): C;
}
