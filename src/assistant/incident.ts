/** Ways in which the assistant can be made to go wrong. */
export const INCIDENTS = ['slow-model', 'exhausted-pool', 'runaway-tokens'] as const;
export type IncidentName = (typeof INCIDENTS)[number];

/** Whether a text names an incident. */
export function isIncidentName(text: string): text is IncidentName {
  return INCIDENTS.some((name) => name === text);
}

/** What is going wrong right now; the parts that misbehave ask it or listen to it. */
export class Incident {
  private readonly listeners = new Set<(name: IncidentName | undefined) => void>();

  constructor(private name: IncidentName | undefined = undefined) {}

  get current(): IncidentName | undefined {
    return this.name;
  }

  /** Begins an incident in place of the one before. */
  begin(name: IncidentName): void {
    this.change(name);
  }

  /** All is well again. */
  end(): void {
    this.change(undefined);
  }

  /** Calls back on every change, and at once when one is on. Returns how to stop listening. */
  onChange(listener: (name: IncidentName | undefined) => void): () => void {
    this.listeners.add(listener);
    if (this.name !== undefined) listener(this.name);
    return () => void this.listeners.delete(listener);
  }

  private change(name: IncidentName | undefined): void {
    if (name === this.name) return;
    this.name = name;
    for (const listener of this.listeners) listener(name);
  }
}
