/** The server answered with an error; the message is fit to show. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

let underway = 0;

/** How many requests wait for their answer. */
export function requestsUnderway(): number {
  return underway;
}

/** GETs JSON. @throws ApiError */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  underway++;
  try {
    return await readJson<T>(await send(path, signal === undefined ? {} : { signal }));
  } finally {
    underway--;
  }
}

/** POSTs a body as JSON; undefined when the answer has none. @throws ApiError */
export async function postJson<T>(path: string, body: unknown, method = 'POST'): Promise<T> {
  return readJson(
    await send(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  );
}

async function send(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new ApiError('The server cannot be reached.', 0);
  }
  if (!response.ok) throw new ApiError(await messageOf(response), response.status);
  return response;
}

async function readJson<T>(response: Response): Promise<T> {
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

async function messageOf(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const body = JSON.parse(text) as { error?: string; message?: string; errors?: { msg?: string }[] } | string;
    if (typeof body === 'string') return body;
    return body.error ?? body.message ?? body.errors?.[0]?.msg ?? `The server answered ${response.status}.`;
  } catch {
    return text === '' || text.startsWith('<') ? `The server answered ${response.status}.` : text.slice(0, 300);
  }
}
