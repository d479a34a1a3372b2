import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createPriceList } from './price-list';
import type { PriceList } from './price-list';
import { readPricesFile } from './prices-file';
import type { PricingConfig } from './pricing.config';

/**
 * The catalogue, after the own prices that the configuration names.
 * @param directory what the file's path is relative to.
 * @throws when the file cannot be read, or PricesFileError when it cannot be understood.
 */
export function loadPriceList({ file }: PricingConfig, directory: string): PriceList {
  if (file === '') return createPriceList();
  const path = resolve(directory, file);
  return createPriceList(readPricesFile(readFileSync(path, 'utf8'), path));
}
