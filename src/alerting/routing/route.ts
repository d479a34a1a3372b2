import type { Millis } from '../../base/clock';
import { Labels } from '../../domain/labels';
import { matchesAll } from '../../domain/matcher';
import type { Matcher } from '../../domain/matcher';
import { labelNameText } from '../config/matchers';

/** Who else is told when nobody acknowledges. */
export interface Escalation {
  readonly after: Millis;
  readonly receiver: string;
}

/** A node of the routing tree with everything inherited filled in. */
export interface Route {
  /** Position in the tree, for people: `0/1`. */
  readonly id: string;
  /** `{}/{severity="critical"}`: part of the group key. */
  readonly key: string;
  readonly receiver: string;
  readonly groupBy: ReadonlySet<string>;
  readonly groupByAll: boolean;
  readonly groupWait: Millis;
  readonly groupInterval: Millis;
  readonly repeatInterval: Millis;
  readonly matchers: readonly Matcher[];
  readonly continue: boolean;
  /** Names; not inherited. */
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly escalations: readonly Escalation[];
  readonly routes: readonly Route[];
}

/**
 * The routes an alert takes: depth first, children before their parent; after a child that matches, its siblings are tried
 * only where it says `continue`. Empty where the root itself does not match.
 */
export function matchRoutes(route: Route, labels: Labels): Route[] {
  if (!matchesAll(route.matchers, labels)) return [];
  const found: Route[] = [];
  for (const child of route.routes) {
    const matches = matchRoutes(child, labels);
    found.push(...matches);
    if (matches.length > 0 && !child.continue) break;
  }
  if (found.length === 0) found.push(route);
  return found;
}

/** The labels by which the alert is grouped at this route. */
export function groupLabelsOf(route: Route, labels: Labels): Labels {
  if (route.groupByAll) return labels;
  return route.groupBy.size === 0 ? Labels.EMPTY : labels.filter((name) => route.groupBy.has(name));
}

/** `{}/{severity="critical"}:{alertname="X", cluster="a"}`. */
export function groupKeyOf(route: Route, groupLabels: Labels): string {
  return `${route.key}:{${[...groupLabels].map(([name, value]) => `${labelNameText(name)}=${JSON.stringify(value)}`).join(', ')}}`;
}

/** A node and all below it, depth first. */
export function* allRoutes(route: Route): Generator<Route> {
  yield route;
  for (const child of route.routes) yield* allRoutes(child);
}
