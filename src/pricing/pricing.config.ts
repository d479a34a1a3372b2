import { z } from 'zod';

/** The `pricing:` section of the configuration file. */
export const pricingConfig = z.strictObject({
  /** File of own prices and factors (YAML), relative to the configuration file; empty for none. */
  file: z.string().default(''),
});
export type PricingConfig = z.output<typeof pricingConfig>;
