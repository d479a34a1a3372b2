import type { ComponentType } from 'preact';
import { useState } from 'preact/hooks';
import { AlertWhy } from '../components/alert-why';
import { ActiveNotifications } from '../components/active-notifications';
import { NotificationHistory } from '../components/notification-history';
import { Receivers } from '../components/receivers';
import { RuleList } from '../components/rule-list';
import { Silences } from '../components/silences';
import type { AlertTabProps } from '../lib/alert-tab';
import { setQuery, useLocation } from '../lib/location';

const TABS: readonly { readonly name: string; readonly title: string; readonly body: ComponentType<AlertTabProps> }[] =
  [
    { name: 'rules', title: 'Rules', body: RuleList },
    { name: 'notifications', title: 'Active', body: ActiveNotifications },
    { name: 'silences', title: 'Silences', body: Silences },
    { name: 'receivers', title: 'Receivers', body: Receivers },
    { name: 'history', title: 'Sent and kept back', body: NotificationHistory },
  ];

/** Rules with their state, what receivers get, what is silenced, and what was sent. */
export default function Alerts() {
  const { query } = useLocation();
  const [turn, setTurn] = useState(0);
  const tab = TABS.find(({ name }) => name === query.get('tab')) ?? TABS[0];
  const alert = query.get('alert');
  const Body = tab?.body;
  return (
    <div class="stack">
      <div class="row tabs" role="tablist" aria-label="Alerts">
        {TABS.map(({ name, title }) => (
          <button
            key={name}
            class="button"
            type="button"
            role="tab"
            aria-selected={tab?.name === name}
            onClick={() => setQuery({ tab: name === 'rules' ? undefined : name, alert: undefined }, { push: true })}
          >
            {title}
          </button>
        ))}
      </div>
      {alert !== null && (
        <AlertWhy
          key={alert}
          fingerprint={alert}
          chosen={query.get('do') ?? ''}
          onClose={() => setQuery({ alert: undefined, do: undefined })}
        />
      )}
      {Body !== undefined && <Body turn={turn} onDone={() => setTurn((at) => at + 1)} />}
    </div>
  );
}
