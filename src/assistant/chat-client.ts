import { request } from 'undici';
import { z } from 'zod';
import { readEvents } from './providers/sse-reader';

/** What a client sees of one chat. */
export interface ChatOutcome {
  readonly ok: boolean;
  readonly status: number;
  /** The code of the error, when there was one. */
  readonly code?: string;
  readonly text: string;
  readonly conversationId?: string;
  readonly traceId?: string;
  readonly toolCalls: number;
  readonly modelCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

const done = z.object({
  conversationId: z.string(),
  traceId: z.string(),
  toolCalls: z.number(),
  modelCalls: z.number(),
  usage: z.object({ input: z.number().optional(), output: z.number().optional() }),
});
const failure = z.object({ code: z.string(), message: z.string() });
const token = z.object({ text: z.string() });

/** One chat over real HTTP. Rejects only when the connection fails or the signal aborts. */
export async function chatOnce(url: string, body: unknown, signal?: AbortSignal): Promise<ChatOutcome> {
  const response = await request(`${url}/v1/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
  const status = response.statusCode;
  const empty = { status, text: '', toolCalls: 0, modelCalls: 0, inputTokens: 0, outputTokens: 0 };
  if (status !== 200) {
    const answered = z.object({ error: failure }).safeParse(await response.body.json().catch(() => undefined));
    return { ...empty, ok: false, code: answered.success ? answered.data.error.code : `HTTP_${status}` };
  }
  let text = '';
  for await (const { event, data } of readEvents(response.body)) {
    const payload: unknown = JSON.parse(data);
    if (event === 'token') text += token.parse(payload).text;
    else if (event === 'error') return { ...empty, ok: false, text, code: failure.parse(payload).code };
    else if (event === 'done') {
      const { usage, ...rest } = done.parse(payload);
      return { ...empty, ...rest, ok: true, text, inputTokens: usage.input ?? 0, outputTokens: usage.output ?? 0 };
    }
  }
  return { ...empty, ok: false, text, code: 'ENDED_EARLY' };
}
