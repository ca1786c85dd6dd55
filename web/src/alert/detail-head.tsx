import {
  ArrowLeftOutlined,
  CheckCircleOutlined,
  CheckOutlined,
  CloseOutlined,
  DownOutlined,
  QuestionCircleOutlined,
  UndoOutlined,
  UpOutlined,
} from '@ant-design/icons';
import { Button, Space, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import type { AlertDetail } from '../api/types.ts';
import { inLanguage } from '../i18n/index.ts';
import { formatDateTime } from '../ui/format.ts';
import { OddsNote } from '../ui/odds-note.tsx';
import { ClassTag, PhaseTag, SeverityTag, StateTag } from '../ui/tags.tsx';

interface DetailHeadProps {
  readonly alert: AlertDetail;
  /** What may be done now; null: not this. */
  readonly act: Readonly<Record<'acknowledge' | 'confirm' | 'dismiss' | 'reopen', (() => void) | null>>;
  readonly previous: string | null;
  readonly next: string | null;
  readonly onGo: (id: string | null) => void;
  readonly onBack: () => void;
  readonly onHelp: () => void;
}

/** Stays on the screen: what this is about, how it stands, what one can do. */
export function DetailHead({ alert, act, previous, next, onGo, onBack, onHelp }: DetailHeadProps) {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  return (
    <header className={`detail-head severity-edge-${alert.severity}`}>
      <Tooltip title={`${t('nav.backToList')} (Esc)`}>
        <Button type="text" icon={<ArrowLeftOutlined />} aria-label={t('nav.backToList')} onClick={onBack} />
      </Tooltip>
      <div className="detail-title">
        <div className="detail-tags">
          <PhaseTag phase={alert.phase} />
          <ClassTag value={alert.class} />
          <SeverityTag value={alert.severity} />
          <StateTag value={alert.state} />
          {alert.pRight !== null && <OddsNote share={alert.pRight} />}
          <span className="detail-where">
            {alert.clinic.name} <span className="mono">{alert.clinic.code}</span>
            {alert.region.name !== '' && ` · ${alert.region.name}`} ·{' '}
            <time dateTime={alert.occurredAt}>{formatDateTime(alert.occurredAt, language)}</time>
          </span>
        </div>
        <h1>{inLanguage(alert.title, language)}</h1>
      </div>
      <Space className="detail-actions" size={6}>
        {act.acknowledge !== null && (
          <Tooltip title={t('action.acknowledgeHint')}>
            <Button type="primary" icon={<CheckOutlined />} onClick={act.acknowledge}>
              {t('action.acknowledge')} <kbd>A</kbd>
            </Button>
          </Tooltip>
        )}
        {act.confirm !== null && (
          <Tooltip title={t('action.confirmHint')}>
            <Button icon={<CheckCircleOutlined />} onClick={act.confirm}>
              {t('action.confirm')} <kbd>C</kbd>
            </Button>
          </Tooltip>
        )}
        {act.dismiss !== null && (
          <Tooltip title={t('action.dismissHint')}>
            <Button icon={<CloseOutlined />} onClick={act.dismiss}>
              {t('action.dismiss')} <kbd>D</kbd>
            </Button>
          </Tooltip>
        )}
        {act.reopen !== null && (
          <Tooltip title={t('action.reopenHint')}>
            <Button icon={<UndoOutlined />} onClick={act.reopen}>
              {t('action.reopen')} <kbd>U</kbd>
            </Button>
          </Tooltip>
        )}
        {!alert.mayAct && <span className="hint">{t('detail.readOnly')}</span>}
        <Space.Compact>
          <Tooltip title={`${t('help.previous')} (k)`}>
            <Button
              icon={<UpOutlined />}
              disabled={previous === null}
              aria-label={t('help.previous')}
              onClick={() => onGo(previous)}
            />
          </Tooltip>
          <Tooltip title={`${t('help.next')} (j)`}>
            <Button
              icon={<DownOutlined />}
              disabled={next === null}
              aria-label={t('help.next')}
              onClick={() => onGo(next)}
            />
          </Tooltip>
        </Space.Compact>
        <Button type="text" icon={<QuestionCircleOutlined />} aria-label={t('help.open')} onClick={onHelp} />
      </Space>
    </header>
  );
}
