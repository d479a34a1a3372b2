import { ToolkitOptionsError } from '../../errors';

/** `schema.table` or a name, quoted. @throws ToolkitOptionsError for an empty or impossible one */
export function quoteName(name: string): string {
  const parts = name.split('.');
  if (parts.some((part) => part === '' || part.includes('\0'))) throw new ToolkitOptionsError(`"${name}" is no name`);
  return parts.map((part) => `"${part.replace(/"/g, '""')}"`).join('.');
}
