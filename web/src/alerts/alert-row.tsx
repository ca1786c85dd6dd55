import { Checkbox, Tag, Tooltip } from 'antd';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { AlertItem } from '../api/types.ts';
import { inLanguage } from '../i18n/index.ts';
import { formatDateTime, formatFen, formatWhen } from '../ui/format.ts';
import { OddsNote } from '../ui/odds-note.tsx';
import { ClassTag, PhaseTag, SeverityTag, StateTag } from '../ui/tags.tsx';
import { STANDING_STATES } from './filters.ts';

interface AlertRowProps {
  readonly alert: AlertItem;
  readonly selected: boolean;
  readonly arrived: boolean;
  readonly today: number;
  readonly from: string;
  readonly onSelect: (id: string) => void;
  readonly chosen: boolean;
  /** null: the reader excludes nothing. */
  readonly onChoose: ((id: string, chosen: boolean) => void) | null;
}

/** One alert of the list: what, where, how much, how it stands, when. */
export const AlertRow = memo(function AlertRow(props: AlertRowProps) {
  const { alert, selected, arrived, today, from, onSelect, chosen, onChoose } = props;
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  const closed = !(STANDING_STATES as readonly string[]).includes(alert.state);
  const late = alert.dueAt !== null && !closed && Date.parse(alert.dueAt) < today;
  return (
    <li
      className={`row severity-edge-${alert.severity}${selected ? ' row-selected' : ''}${closed ? ' row-closed' : ''}${arrived ? ' row-arrived' : ''}`}
      data-alert={alert.id}
    >
      {onChoose !== null && (
        <Checkbox
          className="row-choose"
          checked={chosen}
          disabled={alert.state !== 'new' && alert.state !== 'first_review'}
          aria-label={t('flow.choose', { title: inLanguage(alert.title, language) })}
          onChange={(event) => onChoose(alert.id, event.target.checked)}
        />
      )}
      <Link
        to={`/alerts/${alert.id}`}
        state={{ from }}
        className="row-link"
        aria-current={selected ? 'true' : undefined}
        onFocus={() => onSelect(alert.id)}
      >
        <span className="row-phase">
          <PhaseTag phase={alert.phase} />
          <SeverityTag value={alert.severity} />
        </span>
        <span className="row-main">
          <span className="row-title">{inLanguage(alert.title, language)}</span>
          <span className="row-meta">
            <span>{alert.clinic.name}</span>
            {alert.region.name !== '' && alert.region.name !== alert.clinic.name && <span>{alert.region.name}</span>}
            <span>{t(`subject.${alert.subjectKind}`)}</span>
            {alert.setlIds.length > 1 && <span>{t('list.settlements', { count: alert.setlIds.length })}</span>}
            <span className="mono">{alert.rules.join(' ')}</span>
            {alert.pRight !== null && <OddsNote share={alert.pRight} />}
            {alert.waitReason !== null && <span data-wait={alert.waitReason}>{t(`wait.${alert.waitReason}`)}</span>}
          </span>
        </span>
        <span className="row-class">
          <ClassTag value={alert.class} />
        </span>
        <span className="row-money num">{alert.fundFen > 0 ? formatFen(alert.fundFen) : ''}</span>
        <span className="row-state">
          <StateTag value={alert.state} />
          {late && <Tag color="error">{t('list.late')}</Tag>}
          {alert.escalated && <Tag color="warning">{t('flow.escalated')}</Tag>}
        </span>
        <Tooltip
          title={t('list.times', {
            occurred: formatDateTime(alert.occurredAt, language),
            raised: formatDateTime(alert.raisedAt, language),
          })}
        >
          <time className="row-time num" dateTime={alert.occurredAt}>
            {formatWhen(alert.occurredAt, today, language)}
          </time>
        </Tooltip>
      </Link>
    </li>
  );
});
