/** What a tab of the alerts' page is given. */
export interface AlertTabProps {
  /** Changes when something was done that others show. */
  readonly turn: number;
  readonly onDone: () => void;
}
