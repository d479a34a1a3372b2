import type { ResourceMetrics } from '../../domain/metric-point';
import { inputOf } from './emitters';
import { simulatedCounter } from './simulated-session';
import type { SimulatedCall, SimulatedSession } from './simulated-session';

/** Ways of sending one session's usage as sums only, of which the ledger can make no single calls. */
export const metricEmitters: Readonly<Record<string, (session: SimulatedSession) => ResourceMetrics[]>> = {
  'claude-code': (session) =>
    answered(session).map((call) =>
      simulatedCounter(
        'claude-code',
        'claude_code.token.usage',
        { from: call.at, to: call.at + 9999, temporality: 'delta' },
        countsOf(session, {
          input: call.uncached,
          output: call.output,
          cacheRead: call.cacheRead,
          cacheCreation: call.cacheWrite,
        }),
      ),
    ),
  'gemini-cli': (session) => {
    const sums = { input: 0, output: 0, thought: 0, cache: 0, tool: 0 };
    return answered(session).map((call) => {
      sums.input += inputOf(call);
      sums.output += call.output - call.reasoning;
      sums.thought += call.reasoning;
      sums.cache += call.cacheRead;
      const from = session.calls[0]?.at ?? 0;
      return simulatedCounter(
        'gemini-cli',
        'gemini_cli.token.usage',
        { from, to: call.at + 9999, temporality: 'cumulative' },
        countsOf(session, sums),
      );
    });
  },
};

function answered(session: SimulatedSession): readonly SimulatedCall[] {
  return session.calls.filter(({ failed }) => !failed);
}

function countsOf({ session, model }: SimulatedSession, counts: Readonly<Record<string, number>>) {
  return Object.entries(counts).map(([type, value]) => ({ attributes: { 'session.id': session, model, type }, value }));
}
