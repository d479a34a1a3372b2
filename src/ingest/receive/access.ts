import { createHash, timingSafeEqual } from 'node:crypto';
import type { IngestConfig } from '../ingest.config';

/** Says whether an `Authorization` header opens the door. */
export type AccessCheck = (authorization: string | undefined) => boolean;

/** A check by the configuration; without any credentials in it everyone may pass. */
export function accessCheck({ bearer, basic }: IngestConfig['auth']): AccessCheck {
  const accepted = [
    ...bearer.map((token) => digest(`Bearer ${token.reveal()}`)),
    ...basic.map(({ user, password }) =>
      digest(`Basic ${Buffer.from(`${user}:${password.reveal()}`).toString('base64')}`),
    ),
  ];
  if (accepted.length === 0) return () => true;
  return (authorization) => {
    const shown = digest(
      (authorization ?? '').replace(/^(bearer|basic)\s+/i, (_match, scheme: string) => `${capital(scheme)} `),
    );
    // All are compared, whatever the outcome: the time taken tells nothing.
    return accepted.reduce((found, one) => timingSafeEqual(one, shown) || found, false);
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
}
