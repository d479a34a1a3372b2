import { Catch, HttpException } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import { CodedError, messageOf } from '../../base/errors';
import type { PrometheusErrorType, PrometheusFailure } from '../../contracts/prometheus';

/** Status and error type of each coded error; others are internal. */
const FAILURES: Readonly<Record<string, readonly [status: number, type: PrometheusErrorType]>> = {
  BAD_INPUT: [400, 'bad_data'],
  DURATION_SYNTAX: [400, 'bad_data'],
  REGEX_SYNTAX: [400, 'bad_data'],
  PROMQL_SYNTAX: [400, 'bad_data'],
  PROMQL_TYPE: [400, 'bad_data'],
  PROMQL_QUERY: [400, 'bad_data'],
  PROMQL_EXECUTION: [422, 'execution'],
  QUERY_LIMIT: [422, 'execution'],
  LIMIT_EXCEEDED: [422, 'execution'],
  QUERY_TIMEOUT: [503, 'timeout'],
  QUERY_CANCELED: [499, 'canceled'],
  NOT_FOUND: [404, 'not_found'],
  STORE_UNAVAILABLE: [503, 'unavailable'],
  OVERLOADED: [503, 'unavailable'],
  // Prometheus answers this one so.
  ADMIN_API_DISABLED: [500, 'unavailable'],
};

/** Errors in the envelope of Prometheus' API. */
@Catch()
export class PrometheusErrorFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    if (response.headersSent || response.destroyed) {
      response.end();
      return;
    }
    const [status, errorType, error] = describe(thrown);
    const body: PrometheusFailure = { status: 'error', errorType, error };
    response.status(status).json(body);
  }
}

function describe(thrown: unknown): readonly [status: number, type: PrometheusErrorType, message: string] {
  if (thrown instanceof CodedError) {
    const [status, type] = FAILURES[thrown.code] ?? [500, 'internal'];
    return [status, type, thrown.message];
  }
  if (thrown instanceof HttpException) {
    const status = thrown.getStatus();
    return [status, status === 404 ? 'not_found' : 'bad_data', thrown.message];
  }
  return [500, 'internal', messageOf(thrown)];
}
