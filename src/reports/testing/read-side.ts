import { addCall, addSpan } from '../compare/measured-records';
import { MeasuredSide } from '../compare/measurements';
import { readStored } from '../compare/read-stored';
import type { CompareSources } from '../compare/read-stored';
import { nameOf, parseSelection } from '../compare/selection';
import type { Selection } from '../compare/selection';
import type { ReportPeriod } from '../report';
import { callsOf, detailsOf } from '../stack-facts';

/** One side of a comparison as the report worker would have it. */
export function readSide(sources: CompareSources, text: string, window: ReportPeriod): Promise<MeasuredSide> {
  return readSelected(sources, parseSelection(text, window.end), window);
}

/** The same of a side that is read already. */
export async function readSelected(
  sources: CompareSources,
  selection: Selection,
  window: ReportPeriod,
): Promise<MeasuredSide> {
  const side = new MeasuredSide(nameOf(selection));
  const gaps = await readStored(sources, selection, window, {
    calls: (page) => Promise.resolve(callsOf(page).forEach((row) => addCall(row, side))),
    spans: (page) => Promise.resolve(detailsOf(page).forEach((detail) => addSpan(detail, side))),
  });
  side.gaps.push(...gaps);
  return side;
}
