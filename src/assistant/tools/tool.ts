import type { z } from 'zod';
import type { ToolDescription } from '../providers/provider';
import type { Workspace } from './workspace';

/** A tool that a model may call. */
export interface Tool<S extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly description: string;
  readonly input: S;
  /** Whether it changes the workspace; default no. */
  readonly changes?: boolean;
  /** Runs on a checked input; what it throws with a code goes back to the model as a failed result. */
  run(input: z.output<S>, workspace: Workspace, signal: AbortSignal): Promise<string>;
}

/** Declares a tool. */
export function defineTool<S extends z.ZodType>(tool: Tool<S>): AnyTool {
  return {
    name: tool.name,
    description: tool.description,
    changes: tool.changes ?? false,
    describe: (toJsonSchema) => ({
      name: tool.name,
      description: tool.description,
      inputSchema: toJsonSchema(tool.input),
    }),
    call: (input, workspace, signal) => {
      const checked = tool.input.safeParse(input);
      if (!checked.success) return { faults: checked.error.issues.map(faultOf) };
      return { result: tool.run(checked.data, workspace, signal) };
    },
  };
}

/** A tool whose input type is its own business. */
export interface AnyTool {
  readonly name: string;
  readonly description: string;
  readonly changes: boolean;
  describe(toJsonSchema: (schema: z.ZodType) => Record<string, unknown>): ToolDescription;
  /** Checks the input, then runs. */
  call(
    input: unknown,
    workspace: Workspace,
    signal: AbortSignal,
  ): { readonly faults: string[] } | { readonly result: Promise<string> };
}

function faultOf(issue: { readonly path: readonly PropertyKey[]; readonly message: string }): string {
  return `${issue.path.map(String).join('.') || 'input'}: ${issue.message}`;
}
