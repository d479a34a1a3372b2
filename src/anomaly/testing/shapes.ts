import { NOISES } from './generate';
import type { GeneratedShape, NoiseName } from './generate';

const KINDS = Object.keys(NOISES).filter((kind): kind is NoiseName => kind in NOISES);

/** Shapes without a change as an assistant's stages give them: kinds of noise, autocorrelation, trend, daily cycle. */
export function steadyShapes(): GeneratedShape[] {
  return KINDS.flatMap((kind, one) =>
    [0, 0.5].flatMap((phi, other) =>
      ['flat', 'trend', 'cycle', 'both'].map((shape, third) => {
        const turn = one + other + third;
        return {
          kind,
          phi,
          points: [120, 200, 336][turn % 3] ?? 200,
          seed: one * 101 + other * 17 + third * 7 + 1,
          noise: [0.01, 0.02][turn % 2] ?? 0.01,
          trend: shape === 'trend' || shape === 'both' ? 0.4 : 0,
          cycle: shape === 'cycle' || shape === 'both' ? 0.15 : 0,
          perDay: 24,
        };
      }),
    ),
  );
}

/** A shape whose level moves once, up or down by `share`, somewhere in its middle third; `turn` says where and which way. */
export function shiftedShape(
  shape: GeneratedShape,
  share: number,
  turn: number,
): { shape: GeneratedShape; at: number } {
  const at = Math.floor(shape.points * (0.35 + 0.3 * ((turn * 0.37) % 1)));
  const shifts = [{ at, share: turn % 2 === 0 ? share : -share }];
  return { shape: { ...shape, seed: shape.seed + 1000, shifts }, at };
}

/** Shapes that a forecast is judged by: `points` of them are known. */
export function forecastShapes(): GeneratedShape[] {
  let seed = 0;
  return KINDS.flatMap((kind) =>
    [0, 0.3, 0.6].flatMap((phi) =>
      [0, 0.4].flatMap((trend) =>
        [0, 0.25].map((cycle) => {
          seed++;
          return { points: [60, 96, 168][seed % 3] ?? 96, seed, kind, phi, trend, cycle, noise: 0.03, perDay: 24 };
        }),
      ),
    ),
  );
}
