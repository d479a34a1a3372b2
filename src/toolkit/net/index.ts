export { HttpPool } from './http-pool/http-pool';
export type { HttpPoolOptions, HttpRequest, HttpResponse } from './http-pool/types';
export { HttpRequestError } from '../errors';
