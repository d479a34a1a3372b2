import type { Request } from 'express';

/** The raw body; undefined when it is too long. A parser before us may have read it already. */
export async function readBody(request: Request, maxBytes: number): Promise<Buffer | undefined> {
  const parsed: unknown = request.body;
  if (Buffer.isBuffer(parsed)) return parsed.length > maxBytes ? undefined : parsed;
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) continue;
    size += part.length;
    if (size > maxBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
