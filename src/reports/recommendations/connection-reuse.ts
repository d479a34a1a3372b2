import { groupBy } from '../sections/group';
import { defineRecommender, traceIdsOf } from './recommender';
import { stageOfResource } from './stage-of-resource';

const LEAST_REQUESTS = 40;
/** Of requests that could have shared, so many connect anew. */
const LEAST_SHARE = 0.5;
const LEAST_CONNECT_MS = 5;

/** Hosts to which nearly each request opens a connection of its own. */
export const connectionReuse = defineRecommender({
  name: 'connection-reuse',
  doc: 'Requests to a host open a connection each instead of sharing them.',
  fromDetails: true,
  find: ({ facts }) =>
    [...groupBy(facts.requests, ({ host }) => host)].flatMap(([host, requests]) => {
      const connecting = requests.filter(({ connectMs }) => connectMs !== undefined);
      const share = connecting.length / requests.length;
      const total = connecting.reduce((sum, { connectMs }) => sum + (connectMs ?? 0), 0);
      const each = total / Math.max(1, connecting.length);
      if (requests.length < LEAST_REQUESTS || share < LEAST_SHARE || each < LEAST_CONNECT_MS) return [];
      return [
        {
          kind: 'connection-reuse',
          title: `Connections to ${host} are not reused`,
          stage: stageOfResource(host, requests[0]?.stage),
          evidence: [
            `${connecting.length} of ${requests.length} requests to ${host} opened a connection of their own, ${each.toFixed(0)} ms each on average.`,
          ],
          savingMs: total,
          confidence: share > 0.8 ? ('high' as const) : ('medium' as const),
          change: `Use one keep-alive pool for ${host} (HttpPool of telltale/toolkit/net, or new Agent({ keepAliveTimeout: 60_000, connections: 8 }) of undici), read every response to its end, and send no "Connection: close".`,
          traceIds: traceIdsOf(connecting),
          sessions: [],
        },
      ];
    }),
});
