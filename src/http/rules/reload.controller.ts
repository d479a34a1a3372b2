import { Controller, HttpCode, Inject, Post, Put, Res } from '@nestjs/common';
import type { Response } from 'express';
import { messageOf } from '../../base/errors';

/** A part that reads its configuration anew when asked. */
export interface Reloadable {
  readonly name: string;
  reload(): Promise<unknown>;
}

/** Injection token of all parts that reload, as an array of `Reloadable`. */
export const RELOADABLES = Symbol('Reloadables');

/** `/-/reload`, as Prometheus and Alertmanager have it. */
@Controller('-/reload')
export class ReloadController {
  constructor(@Inject(RELOADABLES) private readonly parts: readonly Reloadable[]) {}

  @Post()
  @HttpCode(200)
  async reload(@Res({ passthrough: true }) response: Response): Promise<string> {
    const faults: string[] = [];
    for (const part of this.parts) {
      await part.reload().catch((error: unknown) => faults.push(`${part.name}: ${messageOf(error)}`));
    }
    response.type('text/plain');
    if (faults.length === 0) return '';
    response.status(500);
    return `failed to reload config: ${faults.join('\n')}\n`;
  }

  @Put()
  @HttpCode(200)
  reloadByPut(@Res({ passthrough: true }) response: Response): Promise<string> {
    return this.reload(response);
  }
}
