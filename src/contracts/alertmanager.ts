/** Bodies of Alertmanager's API v2. Instants are RFC 3339 texts. */

/** `GET /api/v2/status`. */
export interface AlertmanagerStatus {
  readonly cluster: {
    readonly name: string;
    readonly status: 'ready' | 'settling' | 'disabled';
    readonly peers: readonly { readonly name: string; readonly address: string }[];
  };
  readonly versionInfo: {
    readonly branch: string;
    readonly buildDate: string;
    readonly buildUser: string;
    readonly goVersion: string;
    readonly revision: string;
    readonly version: string;
  };
  readonly config: { readonly original: string };
  readonly uptime: string;
}

/** A receiver's name. */
export interface AlertmanagerReceiver {
  readonly name: string;
}

/** An alert with its state. */
export interface GettableAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly updatedAt: string;
  readonly generatorURL: string;
  readonly fingerprint: string;
  readonly receivers: readonly AlertmanagerReceiver[];
  readonly status: {
    readonly state: 'unprocessed' | 'active' | 'suppressed';
    readonly silencedBy: readonly string[];
    readonly inhibitedBy: readonly string[];
    readonly mutedBy: readonly string[];
  };
}

/** An alert as a sender posts it. */
export interface PostableAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly startsAt?: string;
  readonly endsAt?: string;
  readonly generatorURL?: string;
}

/** `GET /api/v2/alerts/groups`: one group. */
export interface AlertGroup {
  readonly labels: Readonly<Record<string, string>>;
  readonly receiver: AlertmanagerReceiver;
  readonly alerts: readonly GettableAlert[];
}

/** One condition of a silence. */
export interface SilenceMatcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  /** Default true. */
  readonly isEqual?: boolean;
}

/** A silence as a person posts it. */
export interface PostableSilence {
  readonly id?: string;
  readonly matchers: readonly SilenceMatcher[];
  readonly startsAt: string;
  readonly endsAt: string;
  readonly createdBy: string;
  readonly comment: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Ours: calendar windows between start and end, in the notation of time intervals. */
  readonly recurrence?: unknown;
}

/** A silence with its state. */
export interface GettableSilence extends PostableSilence {
  readonly id: string;
  readonly updatedAt: string;
  readonly status: { readonly state: 'pending' | 'active' | 'expired' };
}
