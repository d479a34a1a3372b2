/** Props of every page. */
export interface PageProps {
  /** What the path holds after the page's name. */
  readonly rest: string;
}
