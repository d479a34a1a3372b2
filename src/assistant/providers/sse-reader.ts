/** One server-sent event. */
export interface ServerSentEvent {
  /** `message` where the sender named none. */
  readonly event: string;
  readonly data: string;
}

/** Longest event that is read, in UTF-16 units; a longer one is a fault of the sender. */
const MAX_EVENT = 4_000_000;

/** Reads server-sent events from the chunks of a body, wherever the chunks are cut. @throws RangeError beyond the bound. */
export async function* readEvents(body: AsyncIterable<Uint8Array | string>): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    const blocks = rest.split(/\r\n\r\n|\n\n|\r\r/);
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = toEvent(block);
      if (event !== undefined) yield event;
    }
    if (rest.length > MAX_EVENT) throw new RangeError(`a server-sent event is longer than ${MAX_EVENT} characters`);
  }
  const last = toEvent(rest + decoder.decode());
  if (last !== undefined) yield last;
}

function toEvent(block: string): ServerSentEvent | undefined {
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(':');
    if (colon === 0 || line === '') continue;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') event = value;
    else if (field === 'data') data.push(value);
  }
  return data.length === 0 ? undefined : { event, data: data.join('\n') };
}
