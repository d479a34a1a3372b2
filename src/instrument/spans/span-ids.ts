import type { Random } from '../../base/ids';

const HEX = Array.from({ length: 65_536 }, (_, value) => value.toString(16).padStart(4, '0'));

/** Trace and span ids by table: several times faster than formatting bytes. */
export class SpanIds {
  constructor(private readonly random: Random) {}

  /** 16 lowercase hex digits, not all zero. */
  spanId(): string {
    return this.word() + this.nonZeroWord();
  }

  /** 32 lowercase hex digits, not all zero. */
  traceId(): string {
    return this.word() + this.word() + this.word() + this.nonZeroWord();
  }

  private word(): string {
    return hex(this.random() * 4_294_967_296);
  }

  private nonZeroWord(): string {
    return hex(this.random() * 4_294_967_295 + 1);
  }
}

function hex(number: number): string {
  const bits = number >>> 0;
  return (HEX[bits >>> 16] ?? '0000') + (HEX[bits & 0xffff] ?? '0001');
}
