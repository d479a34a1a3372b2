import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';

/** Whether the stack takes work. */
export interface Readiness {
  isReady(): boolean;
}

/** Our own metrics as text. */
export interface Exposition {
  /** @param accept the request's Accept header: OpenMetrics is given to those who ask for it. */
  render(accept: string): Promise<{ contentType: string; body: string }>;
}

export const READINESS = Symbol('Readiness');
export const EXPOSITION = Symbol('Exposition');

/** Liveness, readiness and our own metrics. */
@Controller()
export class HealthController {
  constructor(
    @Inject(READINESS) private readonly readiness: Readiness,
    @Inject(EXPOSITION) private readonly exposition: Exposition,
  ) {}

  @Get(['healthz', '-/healthy'])
  healthz(@Res() response: Response): void {
    response.type('text/plain').send('Telltale is healthy.\n');
  }

  @Get(['readyz', '-/ready'])
  readyz(@Res() response: Response): void {
    const ready = this.readiness.isReady();
    response
      .status(ready ? 200 : 503)
      .type('text/plain')
      .send(ready ? 'Telltale is ready.\n' : 'Telltale is starting or stopping.\n');
  }

  @Get('metrics')
  async metrics(@Res() response: Response): Promise<void> {
    const { contentType, body } = await this.exposition.render(response.req.headers.accept ?? '');
    response.setHeader('Content-Type', contentType);
    response.send(body);
  }
}
