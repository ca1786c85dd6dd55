import {
  AlertOutlined,
  AuditOutlined,
  CheckCircleOutlined,
  ClockCircleOutlined,
  CloseCircleOutlined,
  DatabaseOutlined,
  ExclamationCircleOutlined,
  EyeOutlined,
  FileProtectOutlined,
  FileSearchOutlined,
  InboxOutlined,
  MessageOutlined,
  QuestionCircleOutlined,
  RollbackOutlined,
  SearchOutlined,
  ThunderboltOutlined,
  ToolOutlined,
  VideoCameraOutlined,
} from '@ant-design/icons';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlertClass, AlertState, Phase, Severity } from '../api/types.ts';

/** Each says its thing three ways, by word, icon and colour: never by colour alone. */

const PHASE_ICON: Record<Phase, ReactNode> = {
  pre: <ClockCircleOutlined />,
  in: <ThunderboltOutlined />,
  post: <FileSearchOutlined />,
};

export function PhaseIcon({ phase }: { readonly phase: Phase }) {
  return PHASE_ICON[phase];
}

export function PhaseTag({ phase }: { readonly phase: Phase }) {
  const { t } = useTranslation();
  return (
    <span className={`chip chip-solid phase-${phase}`} title={t(`phase.${phase}Long`)}>
      {PHASE_ICON[phase]} {t(`phase.${phase}`)}
    </span>
  );
}

const CLASS_ICON: Record<AlertClass, ReactNode> = {
  fraud: <AlertOutlined />,
  evidence: <FileProtectOutlined />,
  device: <VideoCameraOutlined />,
  data: <DatabaseOutlined />,
};

export function ClassTag({ value }: { readonly value: AlertClass }) {
  const { t } = useTranslation();
  return (
    <span className={`chip class-${value}`} title={t(`class.${value}Long`)}>
      {CLASS_ICON[value]} {t(`class.${value}`)}
    </span>
  );
}

const BARS: Record<Severity, number> = { high: 3, medium: 2, low: 1 };

export function SeverityTag({ value }: { readonly value: Severity }) {
  const { t } = useTranslation();
  return (
    <span className={`severity severity-${value}`} title={t('severity.title', { severity: t(`severity.${value}`) })}>
      <svg width="14" height="12" viewBox="0 0 14 12" aria-hidden="true">
        {[0, 1, 2].map((bar) => (
          <rect
            key={bar}
            x={bar * 5}
            y={8 - bar * 4}
            width="4"
            height={4 + bar * 4}
            rx="1"
            opacity={bar < BARS[value] ? 1 : 0.22}
          />
        ))}
      </svg>
      {t(`severity.${value}`)}
    </span>
  );
}

const STATE_ICON: Record<AlertState, ReactNode> = {
  new: <ExclamationCircleOutlined />,
  first_review: <EyeOutlined />,
  asked: <QuestionCircleOutlined />,
  explained: <MessageOutlined />,
  overdue: <ClockCircleOutlined />,
  second_review: <EyeOutlined />,
  verification: <SearchOutlined />,
  final_review: <AuditOutlined />,
  proposed: <AuditOutlined />,
  determined: <CheckCircleOutlined />,
  handling: <ToolOutlined />,
  archived: <InboxOutlined />,
  excluded: <CloseCircleOutlined />,
  withdrawn: <RollbackOutlined />,
};

export function StateTag({ value }: { readonly value: AlertState }) {
  const { t } = useTranslation();
  return (
    <span className={`state state-${value}`} data-state={value}>
      {STATE_ICON[value]} {t(`state.${value}`)}
    </span>
  );
}

const OUTCOME_ICON = {
  hit: <ExclamationCircleOutlined />,
  clear: <CheckCircleOutlined />,
  undetermined: <ClockCircleOutlined />,
  error: <CloseCircleOutlined />,
} as const;

export function OutcomeTag({ value }: { readonly value: keyof typeof OUTCOME_ICON }) {
  const { t } = useTranslation();
  return (
    <span className={`outcome outcome-${value}`}>
      {OUTCOME_ICON[value]} {t(`outcome.${value}`)}
    </span>
  );
}
