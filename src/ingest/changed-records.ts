import { batchesOf } from './batches';

/** Records kept as objects before they are written down. */
const KEEP = 256;

/**
 * The records of one request that stages changed. Few of them stay objects; many are encoded as they come, so that a large
 * request leaves no heap of objects for the garbage collector to move about.
 */
export class ChangedRecords<T> {
  private objects: T[] = [];
  private readonly parts: Uint8Array<ArrayBuffer>[] = [];

  constructor(private readonly encode: (records: readonly T[]) => Uint8Array<ArrayBuffer>) {}

  add(records: readonly T[]): void {
    for (const record of records) this.objects.push(record);
    if (this.objects.length >= KEEP) this.writeDown();
  }

  /** All of them as objects; undefined when there were too many. */
  get few(): readonly T[] | undefined {
    return this.parts.length === 0 ? this.objects : undefined;
  }

  /** All of them as export requests. Laid end to end they are one request. */
  encoded(): readonly Uint8Array<ArrayBuffer>[] {
    if (this.objects.length > 0) this.writeDown();
    return this.parts;
  }

  private writeDown(): void {
    for (const batch of batchesOf(this.objects, KEEP)) this.parts.push(this.encode(batch));
    this.objects = [];
  }
}
