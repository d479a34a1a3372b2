/** Keeps the place of what is being asked for; it shows only when that takes longer than a blink. */
export function Loading({
  height = 120,
  busy = true,
}: {
  /** Pixels. */
  readonly height?: number;
  readonly busy?: boolean;
}) {
  return <div class="loading" aria-busy={busy} style={{ minHeight: `${height}px` }} />;
}
