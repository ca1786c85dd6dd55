import {
  ArrowLeftOutlined,
  DownOutlined,
  EllipsisOutlined,
  QuestionCircleOutlined,
  RiseOutlined,
  UndoOutlined,
  UpOutlined,
} from '@ant-design/icons';
import { Button, Dropdown, Space, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import type { AlertDetail, Step } from '../api/types.ts';
import { inLanguage } from '../i18n/index.ts';
import { formatDateTime } from '../ui/format.ts';
import { OddsNote } from '../ui/odds-note.tsx';
import { ClassTag, PhaseTag, SeverityTag, StateTag } from '../ui/tags.tsx';

interface DetailHeadProps {
  readonly alert: AlertDetail;
  readonly onStep: (step: Step) => void;
  readonly onUndo: () => void;
  /** null: it has gone up already, or is not his to send. */
  readonly onEscalate: (() => void) | null;
  readonly previous: string | null;
  readonly next: string | null;
  readonly onGo: (id: string | null) => void;
  readonly onBack: () => void;
  readonly onHelp: () => void;
}

/** Steps that have a button of their own; the rest stand in a menu. */
const SHOWN_STEPS = 3;
const KEY_OF: Partial<Record<Step, string>> = {
  take: 'A',
  take_second: 'A',
  agree: 'A',
  exclude: 'D',
  close: 'D',
  ask: 'Q',
};

/** Stays on the screen: what this is about, how it stands, what one can do. */
export function DetailHead({
  alert,
  onStep,
  onUndo,
  onEscalate,
  previous,
  next,
  onGo,
  onBack,
  onHelp,
}: DetailHeadProps) {
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
        {alert.steps.slice(0, SHOWN_STEPS).map((step, i) => (
          <Button key={step} type={i === 0 ? 'primary' : 'default'} onClick={() => onStep(step)} data-step={step}>
            {t(`flow.${step}`)} {KEY_OF[step] !== undefined && <kbd>{KEY_OF[step]}</kbd>}
          </Button>
        ))}
        {alert.steps.length > SHOWN_STEPS && (
          <Dropdown
            trigger={['click']}
            menu={{
              items: alert.steps.slice(SHOWN_STEPS).map((step) => ({ key: step, label: t(`flow.${step}`) })),
              onClick: ({ key }) => onStep(key as Step),
            }}
          >
            <Button icon={<EllipsisOutlined />} aria-label={t('flow.more')} />
          </Dropdown>
        )}
        {onEscalate !== null && (
          <Tooltip title={t('flow.escalate')}>
            <Button icon={<RiseOutlined />} aria-label={t('flow.escalate')} onClick={onEscalate}>
              <kbd>E</kbd>
            </Button>
          </Tooltip>
        )}
        {alert.mayUndo && (
          <Tooltip title={t('flow.undo')}>
            <Button icon={<UndoOutlined />} aria-label={t('flow.undo')} data-step="undo" onClick={onUndo}>
              <kbd>U</kbd>
            </Button>
          </Tooltip>
        )}
        {alert.steps.length === 0 && <span className="hint">{t('detail.readOnly')}</span>}
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
