import { Catch, HttpException } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CodedError, messageOf, OverloadedError } from '../base/errors';
import type { Logger } from '../base/logger';
import { randomHex } from '../base/ids';
import { looksForPage, notFoundPage, NOT_FOUND_POLICY } from './ui/not-found-page';

/** Statuses of coded errors; a code that is not listed is a fault of ours: 500. */
const STATUS_OF: Readonly<Record<string, number>> = {
  BAD_INPUT: 400,
  DURATION_SYNTAX: 400,
  PROMQL_SYNTAX: 400,
  PROMQL_TYPE: 400,
  PROMQL_QUERY: 400,
  PROMQL_EXECUTION: 422,
  QUERY_LIMIT: 422,
  QUERY_TIMEOUT: 503,
  QUERY_CANCELED: 499,
  REGEX_SYNTAX: 400,
  UNKNOWN_NAME: 404,
  NOT_FOUND: 404,
  OVERLOADED: 429,
  LIMIT_EXCEEDED: 422,
  STORE_UNAVAILABLE: 503,
};

/**
 * The last filter: whatever a controller did not map itself becomes `{ code, message }` with a fitting status; an address that
 * leads nowhere, typed into a browser, becomes a page that says so.
 */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const request = host.switchToHttp().getRequest<Request>();
    if (response.headersSent) {
      response.end();
      return;
    }
    const { status, code, message } = this.describe(thrown, request);
    // Of several that are taken as well, JSON is what programs get.
    if (status === 404 && looksForPage(request.method, request.path, request.accepts(['json', 'html']) === 'html')) {
      response
        .status(404)
        .setHeader('Content-Security-Policy', NOT_FOUND_POLICY)
        .setHeader('X-Content-Type-Options', 'nosniff')
        .setHeader('Referrer-Policy', 'no-referrer')
        .setHeader('Vary', 'Accept')
        .type('text/html')
        .send(notFoundPage(request.originalUrl));
      return;
    }
    if (thrown instanceof OverloadedError)
      response.setHeader('Retry-After', String(Math.ceil(thrown.retryAfter / 1000)));
    response.status(status).json({ code, message });
  }

  private describe(thrown: unknown, request: Request): { status: number; code: string; message: string } {
    if (thrown instanceof CodedError) {
      const status = STATUS_OF[thrown.code] ?? 500;
      if (status < 500) return { status, code: thrown.code, message: thrown.message };
    } else if (thrown instanceof HttpException) {
      return {
        status: thrown.getStatus(),
        code: thrown.getStatus() === 404 ? 'NOT_FOUND' : 'BAD_INPUT',
        message: thrown.message,
      };
    } else if (isBodyError(thrown)) {
      return { status: thrown.status, code: 'BAD_INPUT', message: thrown.message };
    }
    // The text may hold what a user sent; the reference joins the answer with our log.
    const reference = randomHex(4);
    this.logger.error('request failed', {
      reference,
      method: request.method,
      path: request.path,
      error: messageOf(thrown),
    });
    return {
      status: 500,
      code: thrown instanceof CodedError ? thrown.code : 'INTERNAL',
      message: `internal fault, reference ${reference} in the server's log`,
    };
  }
}

/** What express' body parsers throw. */
function isBodyError(thrown: unknown): thrown is Error & { status: number } {
  return (
    thrown instanceof Error &&
    'status' in thrown &&
    typeof thrown.status === 'number' &&
    thrown.status >= 400 &&
    thrown.status < 500
  );
}
