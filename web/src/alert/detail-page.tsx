import { useQuery } from '@tanstack/react-query';
import { Alert, Skeleton } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useNavigate, useParams } from 'react-router';
import { mayAcknowledge, mayConfirm, mayDismiss, mayReopen, useAlertActions } from '../alerts/actions.tsx';
import { DismissDialog } from '../alerts/dismiss-dialog.tsx';
import { KeyboardHelp } from '../alerts/keyboard-help.tsx';
import { fetchAlert, keys } from '../api/queries.ts';
import type { AlertDetail } from '../api/types.ts';
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
  const { acknowledge, confirm, dismiss, reopen } = useAlertActions();
  const [dismissing, setDismissing] = useState(false);
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

  const act = {
    acknowledge: alert.mayAct && mayAcknowledge(alert) ? () => void acknowledge(alert) : null,
    confirm: alert.mayAct && mayConfirm(alert) ? () => void confirm(alert) : null,
    dismiss: alert.mayAct && mayDismiss(alert) ? () => setDismissing(true) : null,
    reopen: alert.mayAct && mayReopen(alert) ? () => void reopen(alert) : null,
  };
  const goTo = (id: string | null): void => {
    if (id !== null) void navigate(`/alerts/${id}`, { state: { from }, replace: true });
  };
  const back = (): void => void navigate(`/alerts${from}`);
  useHotkeys({
    j: () => goTo(next),
    k: () => goTo(previous),
    a: () => act.acknowledge?.(),
    c: () => act.confirm?.(),
    d: () => act.dismiss?.(),
    u: () => act.reopen?.(),
    Escape: back,
    '?': () => setHelp(true),
  });

  return (
    <>
      <article className={`detail detail-${alert.state}`} data-alert-detail={alert.id}>
        <DetailHead
          alert={alert}
          act={act}
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
        {alert.state === 'dismissed' && (
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
      {dismissing && (
        <DismissDialog
          title={title}
          onDismiss={(reason, note, insuredMet) => dismiss(alert, reason, note, insuredMet)}
          onClose={() => setDismissing(false)}
        />
      )}
      <KeyboardHelp open={help} onClose={() => setHelp(false)} />
    </>
  );
}

/** The list that the reader came from: its address' query. */
function fromOf(state: unknown): string {
  const from = (state as { from?: unknown } | null)?.from;
  return typeof from === 'string' ? from : '';
}
