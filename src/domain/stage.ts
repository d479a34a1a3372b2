/** The stages of an assistant's critical path, in the order in which a request passes them. */
export const STAGES = ['parsing', 'inference', 'tool', 'response'] as const;
export type Stage = (typeof STAGES)[number];

/** The span attribute and metric label that names the stage. */
export const STAGE_ATTRIBUTE = 'telltale.stage';
