import { LOG_CELL, SPAN_CELL } from '../otlp';
import type { LogColumns, Rejected, SpanColumns } from '../otlp';
import type { IngestConfig } from './ingest.config';

/** Marks rows beyond the limits in `skip`, and says how many and why. */
export function checkLimits(
  columns: SpanColumns | LogColumns,
  skip: Uint8Array,
  { maxAttributes, maxRecordBytes }: Pick<IngestConfig, 'maxAttributes' | 'maxRecordBytes'>,
): Rejected {
  const isTraces = 'spans' in columns;
  const what = isTraces ? 'span' : 'log record';
  let count = 0;
  let message = '';
  for (let row = 0; row < columns.length; row++) {
    const bytes = columns.cell(row, 1) - columns.cell(row, 0);
    const attributes = columns.cell(row, isTraces ? SPAN_CELL.attributeCount : LOG_CELL.attributeCount);
    if (bytes <= maxRecordBytes && attributes <= maxAttributes) continue;
    skip[row] = 1;
    count++;
    message ||=
      bytes > maxRecordBytes
        ? `a ${what} of ${bytes} bytes; at most ${maxRecordBytes}`
        : `a ${what} with ${attributes} attributes; at most ${maxAttributes}`;
  }
  return { count, message };
}
