export { detectChangePoints } from './change-points/detect-change-points';
export type { ChangeKind, ChangePoint, ChangePointOptions } from './change-points/detect-change-points';
export type { AnomalyDetector, AnomalyVerdict } from './detector';
export { ALARM_SCORE, RarityDetector } from './detectors/rarity';
export { forecastExhaustion } from './forecast/exhaustion';
export type { Exhaustion, ExhaustionOptions } from './forecast/exhaustion';
export { forecast } from './forecast/forecast';
export type { ForecastOptions, ForecastPoint } from './forecast/forecast';
export type { SeriesPoint } from './series';
