import { z } from 'zod';
import { CodedError } from '../base/errors';
import { withTool } from '../instrument';
import { cacheKey } from '../toolkit/cache';
import { tools } from './tools/tools';
import type { TieredCache } from '../toolkit/cache';
import type { Clock } from '../base/clock';
import type { ToolResultBlock, ToolUseBlock } from './messages';
import type { ToolDescription } from './providers/provider';
import type { Workspace } from './tools/workspace';

/** What a tool call came to. */
export interface ToolOutcome {
  readonly result: ToolResultBlock;
  readonly seconds: number;
}

/** The tools could not do it: an answer to the model, and a failed operation for who watches. */
class ToolFailedError extends CodedError {
  readonly code = 'TOOL_FAILED';
}

/** Runs the tools that a model asks for; whatever goes wrong is an answer for the model, never a throw, but an abort. */
export class ToolRunner {
  /** What the model is offered. */
  readonly descriptions: readonly ToolDescription[] = [...tools].map((tool) =>
    tool.describe((schema) => ({ ...z.toJSONSchema(schema) })),
  );

  constructor(
    private readonly workspace: Workspace,
    private readonly cache: TieredCache<string>,
    private readonly clock: Clock,
  ) {}

  async run(use: ToolUseBlock, signal: AbortSignal): Promise<ToolOutcome> {
    const began = this.clock.elapsed();
    const result = await this.answer(use, signal);
    return { result, seconds: (this.clock.elapsed() - began) / 1000 };
  }

  private async answer(use: ToolUseBlock, signal: AbortSignal): Promise<ToolResultBlock> {
    try {
      const content = await withTool(
        {
          name: use.name,
          callId: use.id,
          type: 'function',
          description: tools.find(use.name)?.description ?? 'unknown',
        },
        async () => this.call(use, signal),
      );
      return { type: 'tool_result', tool_use_id: use.id, content };
    } catch (error) {
      if (signal.aborted) throw error;
      const content = error instanceof Error ? error.message : 'the tool failed';
      return { type: 'tool_result', tool_use_id: use.id, content, is_error: true };
    }
  }

  /** Results of tools that only read are kept until a file of the workspace changes. */
  private async call({ name, input }: ToolUseBlock, signal: AbortSignal): Promise<string> {
    const tool = tools.get(name);
    const run = async (inner: AbortSignal): Promise<string> => {
      const called = tool.call(input, this.workspace, inner);
      if ('faults' in called)
        throw new ToolFailedError(`the input of ${name} is not valid: ${called.faults.join('; ')}`);
      return called.result;
    };
    if (!tool.changes) {
      const key = cacheKey({ namespace: 'tool' }, this.workspace.root, name, input);
      return this.cache.getOrLoad(key, run, { tags: [this.tag], signal });
    }
    try {
      return await run(signal);
    } finally {
      await this.cache.invalidateTag(this.tag);
    }
  }

  private get tag(): string {
    return `workspace:${this.workspace.root}`;
  }
}
