import { Controller, Get, Headers, Inject, Res } from '@nestjs/common';
import { CONTENT_TYPES, exposeMetrics, negotiateFormat } from '../metrics/exposition';
import { METRICS_REGISTRY } from './tokens';
import type { MetricRegistry } from '../metrics/registry';

/** What the controller needs of a response, be it Express' or Fastify's. */
interface TextResponse {
  header(name: string, value: string): unknown;
  send(body: Buffer): unknown;
}

/** A controller that serves the exposition at `path`, in OpenMetrics where the client asks for it. */
export function metricsController(path: string): new (registry: MetricRegistry) => object {
  class MetricsController {
    constructor(@Inject(METRICS_REGISTRY) private readonly registry: MetricRegistry) {}

    @Get()
    async metrics(@Headers('accept') accept: string | undefined, @Res() response: TextResponse): Promise<void> {
      const format = negotiateFormat(accept);
      const text = await exposeMetrics(this.registry, format);
      response.header('Content-Type', CONTENT_TYPES[format]);
      // As bytes, for Express rewrites the content type of texts.
      response.send(Buffer.from(text));
    }
  }
  Controller(path)(MetricsController);
  return MetricsController;
}
