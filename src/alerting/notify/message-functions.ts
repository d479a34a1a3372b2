import type { EpochMillis } from '../../base/clock';
import { RE2JS } from 're2js';
import { GoDuration, GoTime, humanizeDuration, SafeHtml, toFloat, typed } from '../../template';
import type { FunctionMap } from '../../template';
import { toPlain } from './message-data';

/** The functions of Alertmanager's notification templates. */
export function messageFunctions(at: EpochMillis): FunctionMap {
  return {
    toUpper: typed(['string'], (text) => text.toUpperCase()),
    toLower: typed(['string'], (text) => text.toLowerCase()),
    title: typed(['string'], titleCase),
    trimSpace: typed(['string'], (text) => text.trim()),
    // The separator comes first, so that lists can be piped in.
    join: typed(['string', 'any'], (separator, list) => (Array.isArray(list) ? list.map(String).join(separator) : '')),
    match: typed(['string', 'string'], (pattern, text) => RE2JS.compile(pattern).matcher(text).find()),
    safeHtml: typed(['string'], (text) => new SafeHtml(text)),
    safeUrl: typed(['string'], (text) => new SafeHtml(text)),
    urlUnescape: typed(['string'], (text) => decodeURIComponent(text.replaceAll('+', ' '))),
    reReplaceAll: typed(['string', 'string', 'string'], (pattern, replacement, text) =>
      RE2JS.compile(pattern).matcher(text).replaceAll(replacement),
    ),
    stringSlice: (...texts) => texts,
    list: (...items) => items,
    append: (list, ...items) => [...(Array.isArray(list) ? list : []), ...items],
    dict: (...pairs) => {
      const map = new Map<unknown, unknown>();
      for (let i = 0; i < pairs.length; i += 2) map.set(pairs[i], pairs[i + 1]);
      return map;
    },
    now: () => new GoTime(at),
    since: typed(['any'], (time) =>
      time instanceof GoTime ? new GoDuration(at - time.epochMillis) : new GoDuration(0),
    ),
    humanizeDuration: typed(['any'], (value) =>
      humanizeDuration(value instanceof GoDuration ? value.Seconds() : toFloat(value)),
    ),
    date: typed(['string', 'any'], (layout, time) => (time instanceof GoTime ? time.Format(layout) : '')),
    tz: typed(['string', 'any'], (zone, time) => (time instanceof GoTime ? time.In(zone) : time)),
    toJson: typed(['any'], (value) => JSON.stringify(toPlain(value))),
    base64encode: typed(['string'], (text) => Buffer.from(text).toString('base64')),
    base64decode: typed(['string'], (text) => Buffer.from(text, 'base64').toString('utf8')),
  };
}

/** Alertmanager's `title`: every word's first letter large, the rest small. */
export function titleCase(text: string): string {
  return text
    .toLowerCase()
    .replace(/(^|[^\p{L}\p{N}'])(\p{L})/gu, (_all, before: string, letter: string) => before + letter.toUpperCase());
}
