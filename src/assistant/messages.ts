/** Text of a message. */
export type TextBlock = {
  readonly type: 'text';
  readonly text: string;
};

/** The model asks for a tool. */
export type ToolUseBlock = {
  readonly type: 'tool_use';
  readonly id: string;
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
};

/** What a tool answered to the call of that id. */
export type ToolResultBlock = {
  readonly type: 'tool_result';
  readonly tool_use_id: string;
  readonly content: string;
  readonly is_error?: boolean;
};

/** A part of a message, in the shape of Anthropic's Messages API. */
export type Block = TextBlock | ToolUseBlock | ToolResultBlock;

/** One message of a conversation. */
export interface Message {
  readonly role: 'user' | 'assistant';
  readonly content: readonly Block[];
}

/** A message of plain text. */
export function textMessage(role: Message['role'], text: string): Message {
  return { role, content: [{ type: 'text', text }] };
}

/** All text of a message, one block after the other. */
export function textOf(message: Message): string {
  return message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
}

/** The tools that a message asks for. */
export function toolUsesOf(message: Message): ToolUseBlock[] {
  return message.content.filter((block) => block.type === 'tool_use');
}
