/** Something to say about a rule; its place is added where it is reported. */
export interface Finding {
  readonly code: string;
  readonly message: string;
  readonly fix?: string;
}
