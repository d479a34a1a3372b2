import { crc32, deflateSync } from 'node:zlib';
import type { Evidence } from '../../notify/notification';

type Chart = NonNullable<Evidence['chart']>;

const WIDTH = 600;
const HEIGHT = 180;
const MARGIN = 8;

/** The course of a value as a PNG: a line with its area, and the threshold where there is one. Undefined without points. */
export function chartPng(chart: Chart): Buffer | undefined {
  const points = chart.points.filter(({ value }) => Number.isFinite(value));
  const first = points[0];
  const last = points[points.length - 1];
  if (first === undefined || last === undefined || points.length < 2) return undefined;
  const values = points.map(({ value }) => value).concat(chart.threshold ?? []);
  const low = Math.min(0, ...values);
  const high = Math.max(...values);
  const range = high - low || 1;
  const span = last.t - first.t || 1;
  const x = (t: number): number => MARGIN + ((t - first.t) / span) * (WIDTH - 2 * MARGIN);
  const y = (value: number): number => HEIGHT - MARGIN - ((value - low) / range) * (HEIGHT - 2 * MARGIN);

  const canvas = new Canvas();
  for (let step = 0; step <= 4; step++)
    canvas.horizontal(MARGIN + (step * (HEIGHT - 2 * MARGIN)) / 4, [230, 233, 237], 1);
  points.forEach((point, index) => {
    const next = points[index + 1];
    if (next !== undefined) canvas.segment(x(point.t), y(point.value), x(next.t), y(next.value), y(low));
  });
  if (chart.threshold !== undefined) canvas.horizontal(y(chart.threshold), [179, 38, 30], 2, 6);
  return canvas.toPng();
}

/** A small RGB raster. */
class Canvas {
  private readonly pixels = Buffer.alloc(WIDTH * HEIGHT * 3, 255);

  /** @param dash length of dashes; 0 for a whole line. */
  horizontal(y: number, colour: readonly number[], thickness: number, dash = 0): void {
    for (let x = MARGIN; x < WIDTH - MARGIN; x++) {
      if (dash > 0 && Math.floor(x / dash) % 2 === 1) continue;
      for (let line = 0; line < thickness; line++) this.blend(x, Math.round(y) + line, colour, 1);
    }
  }

  /** A line of two pixels with its area down to `floor`. */
  segment(x1: number, y1: number, x2: number, y2: number, floor: number): void {
    const from = Math.round(x1);
    const to = Math.round(x2);
    for (let x = from; x < to; x++) {
      const share = x2 === x1 ? 0 : Math.min(1, Math.max(0, (x - x1) / (x2 - x1)));
      const y = y1 + share * (y2 - y1);
      for (let below = Math.ceil(y); below < floor; below++) this.blend(x, below, [74, 111, 165], 0.12);
    }
    const steps = Math.ceil(Math.hypot(x2 - x1, y2 - y1)) * 2;
    for (let step = 0; step <= steps; step++) {
      const share = steps === 0 ? 0 : step / steps;
      this.dot(x1 + share * (x2 - x1), y1 + share * (y2 - y1));
    }
  }

  toPng(): Buffer {
    const raw = Buffer.alloc((WIDTH * 3 + 1) * HEIGHT);
    for (let row = 0; row < HEIGHT; row++) {
      this.pixels.copy(raw, row * (WIDTH * 3 + 1) + 1, row * WIDTH * 3, (row + 1) * WIDTH * 3);
    }
    const header = Buffer.alloc(13);
    header.writeUInt32BE(WIDTH, 0);
    header.writeUInt32BE(HEIGHT, 4);
    header.set([8, 2, 0, 0, 0], 8);
    return Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      chunk('IHDR', header),
      chunk('IDAT', deflateSync(raw)),
      chunk('IEND', Buffer.alloc(0)),
    ]);
  }

  private dot(x: number, y: number): void {
    for (let dx = -1; dx <= 1; dx++) {
      for (let dy = -1; dy <= 1; dy++) {
        const px = Math.round(x) + dx;
        const py = Math.round(y) + dy;
        const cover = Math.max(0, 1.4 - Math.hypot(px - x, py - y));
        this.blend(px, py, [31, 95, 168], Math.min(1, cover * 0.6));
      }
    }
  }

  private blend(x: number, y: number, colour: readonly number[], alpha: number): void {
    if (x < 0 || y < 0 || x >= WIDTH || y >= HEIGHT) return;
    const at = (y * WIDTH + x) * 3;
    colour.forEach((channel, index) => {
      const old = this.pixels[at + index] ?? 255;
      this.pixels[at + index] = Math.round(old + (channel - old) * alpha);
    });
  }
}

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(content.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([size, body, sum]);
}
