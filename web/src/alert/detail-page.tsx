import { useQuery } from '@tanstack/react-query';
import { Alert, Skeleton } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useNavigate, useParams } from 'react-router';
import { DismissDialog } from '../alerts/dismiss-dialog.tsx';
import { EscalateDialog } from '../alerts/escalate-dialog.tsx';
import { KeyboardHelp } from '../alerts/keyboard-help.tsx';
import { type AskingStep, asksFor, StepDialog } from '../alerts/step-dialog.tsx';
import { useSteps } from '../alerts/steps.tsx';
import { fetchAlert, keys } from '../api/queries.ts';
import type { AlertDetail, Step } from '../api/types.ts';
import { inLanguage } from '../i18n/index.ts';
import { useRight } from '../session/session.tsx';
import { useHotkeys } from '../ui/hotkeys.ts';
import { FailureResult, NoRight } from '../ui/states.tsx';
import { useDismissReason } from '../ui/words.ts';
import { ClaimPanel } from './claim-panel.tsx';
import { DecisionPanel } from './decision-panel.tsx';
import { DetailHead } from './detail-head.tsx';
import { EvidencePanel } from './evidence-panel.tsx';
import { FindingsPanel } from './findings-panel.tsx';
import { FlowPanel } from './flow-panel.tsx';
import { HistoryPanel } from './history-panel.tsx';
import { useNeighbours } from './neighbours.ts';
import { StillsPanel } from './stills-panel.tsx';
import { TimeAxis } from './time-axis/time-axis.tsx';

export default function AlertDetailPage() {
  const { id = '' } = useParams();
  const mayRead = useRight('alerts.read');
  const detail = useQuery({
    queryKey: keys.alert(id),
    queryFn: ({ signal }) => fetchAlert(id, signal),
    enabled: mayRead,
  });
  if (!mayRead) return <NoRight />;
  if (detail.data !== undefined) return <Detail key={id} alert={detail.data} />;
  if (detail.isError) return <FailureResult error={detail.error} onRetry={() => void detail.refetch()} />;
  return (
    <div className="detail" aria-busy="true">
      <Skeleton active paragraph={{ rows: 1 }} />
      <div className="detail-grid">
        <Skeleton active paragraph={{ rows: 8 }} />
        <Skeleton active paragraph={{ rows: 8 }} />
        <Skeleton active paragraph={{ rows: 8 }} />
      </div>
    </div>
  );
}

function Detail({ alert }: { readonly alert: AlertDetail }) {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  const navigate = useNavigate();
  const location = useLocation();
  const { take, undo } = useSteps();
  const [dismissing, setDismissing] = useState<'exclude' | 'close' | null>(null);
  const mayEscalate = useRight('alerts.first') && !alert.escalated && alert.steps.length > 0;
  const [escalating, setEscalating] = useState(false);
  const [asking, setAsking] = useState<AskingStep | null>(null);
  const [help, setHelp] = useState(false);
  const [chosenClaim, setChosenClaim] = useState(0);
  const from = fromOf(location.state);
  const { previous, next } = useNeighbours(alert.id, from);
  const reasonName = useDismissReason();
  const claim = alert.claims[chosenClaim] ?? alert.claims[0] ?? null;
  const title = inLanguage(alert.title, language);

  useEffect(() => {
    document.title = `${title} · ${t('product.name')}`;
    return () => {
      document.title = t('product.name');
    };
  }, [title, t]);

  const start = (step: Step): void => {
    if (step === 'exclude' || step === 'close') setDismissing(step);
    else if (asksFor(step)) setAsking(step);
    else void take(alert, { step });
  };
  const startIf = (...steps: readonly Step[]): void => {
    const step = steps.find((one) => alert.steps.includes(one));
    if (step !== undefined) start(step);
  };
  const goTo = (id: string | null): void => {
    if (id !== null) void navigate(`/alerts/${id}`, { state: { from }, replace: true });
  };
  const back = (): void => void navigate(`/alerts${from}`);
  useHotkeys({
    j: () => goTo(next),
    k: () => goTo(previous),
    a: () => startIf('take', 'take_second', 'agree'),
    d: () => startIf('exclude', 'close'),
    q: () => startIf('ask'),
    e: () => {
      if (mayEscalate) setEscalating(true);
    },
    u: () => {
      if (alert.mayUndo) void undo(alert);
    },
    Escape: back,
    '?': () => setHelp(true),
  });

  return (
    <>
      <article className={`detail detail-${alert.state}`} data-alert-detail={alert.id}>
        <DetailHead
          alert={alert}
          onStep={start}
          onUndo={() => void undo(alert)}
          onEscalate={mayEscalate ? () => setEscalating(true) : null}
          previous={previous}
          next={next}
          onGo={goTo}
          onBack={back}
          onHelp={() => setHelp(true)}
        />
        {alert.waitReason !== null && (
          <Alert
            type="info"
            showIcon
            banner
            title={t('detail.waiting')}
            description={t(`wait.${alert.waitReason}`)}
            className="detail-banner"
          />
        )}
        {alert.state === 'withdrawn' && (
          <Alert
            type="warning"
            showIcon
            banner
            title={t('detail.withdrawn')}
            description={t('detail.withdrawnWhy')}
            className="detail-banner"
          />
        )}
        {alert.state === 'excluded' && (
          <Alert
            type="info"
            showIcon
            banner
            title={t('detail.dismissed', { reason: reasonName(alert.stateReason) })}
            className="detail-banner"
          />
        )}
        {alert.decisions.map((decision) => (
          <DecisionPanel key={decision.id} decision={decision} alertId={alert.id} />
        ))}
        <FlowPanel alert={alert} />
        <div className="detail-grid">
          <ClaimPanel alert={alert} claim={claim} chosen={chosenClaim} onChoose={setChosenClaim} />
          <EvidencePanel alert={alert} claim={claim} />
          <FindingsPanel alert={alert} />
        </div>
        <TimeAxis timeline={alert.timeline} claim={claim} />
        <div className="detail-foot">
          <StillsPanel snapshots={alert.snapshots} footage={alert.footage} maySeeFaces={alert.maySeeFaces} />
          <HistoryPanel history={alert.history} />
        </div>
        <p className="legal">{t('about.line')}</p>
      </article>
      {dismissing !== null && (
        <DismissDialog
          title={title}
          onDismiss={(body) => take(alert, { step: dismissing, ...body })}
          onClose={() => setDismissing(null)}
        />
      )}
      {asking !== null && (
        <StepDialog
          step={asking}
          title={title}
          measures={alert.flow.measures}
          kinds={alert.measureKinds.map(({ kind, words }) => ({ kind, label: inLanguage(words, language) }))}
          onSubmit={(body) => take(alert, body)}
          onClose={() => setAsking(null)}
        />
      )}
      {escalating && <EscalateDialog alert={alert} onClose={() => setEscalating(false)} />}
      <KeyboardHelp open={help} onClose={() => setHelp(false)} />
    </>
  );
}

/** The list that the reader came from: its address' query. */
function fromOf(state: unknown): string {
  const from = (state as { from?: unknown } | null)?.from;
  return typeof from === 'string' ? from : '';
}
