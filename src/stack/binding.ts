/** An injection token and the part that it stands for. */
export type Binding = readonly [token: symbol, part: unknown];
