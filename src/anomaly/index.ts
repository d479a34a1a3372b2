export type { AnomalyDetector, AnomalyVerdict } from './detector';
export { ALARM_SCORE, RarityDetector } from './detectors/rarity';
