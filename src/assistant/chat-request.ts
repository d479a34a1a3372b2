import { z } from 'zod';
import { ChatRequestError } from './errors';

const identifier = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[\w.:-]+$/, 'letters, digits and . _ : - only');

/** Body of POST /v1/chat. */
const chatRequest = z.strictObject({
  /** What the person asks. */
  message: z.string().min(1).max(100_000),
  /** Goes on with an earlier conversation; without it a new one begins. */
  conversationId: identifier.optional(),
  /** One of the provider's models; the selector decides without it. */
  model: z.string().min(1).max(200).optional(),
  /** Upper bound of each answer of the model. */
  maxTokens: z.int().min(1).max(32_000).default(2_048),
  /** Who asks, for fairness between clients. */
  client: identifier.default('anonymous'),
  /** How soon an answer is needed. */
  urgency: z.enum(['low', 'normal', 'high']).default('normal'),
});
export type ChatRequest = z.output<typeof chatRequest>;

/** Parses and checks the body of a chat request. @throws ChatRequestError naming every fault */
export function parseChatRequest(body: unknown): ChatRequest {
  const parsed = chatRequest.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  throw new ChatRequestError(
    parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.') || 'body'}: ${message}`),
  );
}
