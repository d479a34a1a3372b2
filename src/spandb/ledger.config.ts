import { z } from 'zod';
import { duration } from '../base/duration';

/** The `ledger:` section of the configuration file: the token ledger. */
export const ledgerConfig = z.strictObject({
  /** Calls and activities older than this are removed. */
  retention: duration.default(400 * 86_400_000),
});
export type LedgerConfig = z.output<typeof ledgerConfig>;
