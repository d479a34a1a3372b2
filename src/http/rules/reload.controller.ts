import { Controller, HttpCode, Inject, Post, Put, Res } from '@nestjs/common';
import type { Response } from 'express';

/** Injection token of what takes up the configuration anew; resolves with what stood in the way. */
export const RELOAD = Symbol('Reload');

/** `/-/reload`, as Prometheus and Alertmanager have it. */
@Controller('-/reload')
export class ReloadController {
  constructor(@Inject(RELOAD) private readonly run: () => Promise<string[]>) {}

  @Post()
  @HttpCode(200)
  async reload(@Res({ passthrough: true }) response: Response): Promise<string> {
    const faults = await this.run();
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
