import { readFileSync } from 'node:fs';
import type { IngestConfig } from '../ingest.config';

/** What both servers need to speak TLS. */
export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
}

/** Reads the files of the configuration. */
export function tlsOptions({ certFile, keyFile, clientCaFile }: NonNullable<IngestConfig['tls']>): TlsFiles {
  const asked = clientCaFile !== undefined;
  return {
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    ...(asked ? { ca: readFileSync(clientCaFile) } : {}),
    requestCert: asked,
    rejectUnauthorized: asked,
  };
}
