/** A response whose body is read as it comes. */
export interface StreamedResponse {
  readonly status: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Posts JSON and streams the answer; pooled connections are the sender's business. */
export interface HttpSender {
  post(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: unknown,
    signal: AbortSignal,
  ): Promise<StreamedResponse>;
  close(): Promise<void>;
}

/** The start of a body as text, for error messages. */
export async function excerptOf(body: AsyncIterable<Uint8Array>, limit = 500): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= limit) break;
  }
  return text.slice(0, limit);
}
