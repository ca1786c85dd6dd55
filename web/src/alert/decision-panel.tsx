import { PauseCircleOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import type { Decision } from '../api/types.ts';
import { inLanguage } from '../i18n/index.ts';
import { useRight } from '../session/session.tsx';
import { formatCountdown } from '../ui/format.ts';
import { useNow } from '../ui/use-now.ts';
import { HoldActions } from './hold-actions.tsx';

const URGENT_MS = 3 * 60_000;

/** What the decision means for the settlement: until when, what happens by itself, how the patient can settle today. */
export function DecisionPanel({ decision, alertId }: { readonly decision: Decision; readonly alertId: string }) {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  const mayAct = useRight('decisions.act');
  const standing = decision.decision === 'hold' && decision.state === 'standing';
  return (
    <section
      className={`panel decision decision-${decision.decision} decision-${decision.state}`}
      aria-labelledby={`decision-${decision.id}`}
      data-decision={decision.state}
    >
      <div className="decision-what">
        <h2 id={`decision-${decision.id}`}>
          {decision.decision === 'hold' && <PauseCircleOutlined />} {t(`decision.${decision.decision}`)} ·{' '}
          {t(`decisionState.${decision.state}`)}
        </h2>
        {standing && decision.deadline !== null && <Countdown deadline={decision.deadline} />}
      </div>
      <div className="decision-words">
        <p>{inLanguage(decision.words, language)}</p>
        {standing && (
          <p>
            {decision.reasons.map((reason) => inLanguage(reason, language)).join(t('clearing.join'))}
            {decision.alternative !== null && (
              <strong>
                {' '}
                {t('decision.alternative')}
                {inLanguage(decision.alternative, language)}
              </strong>
            )}
          </p>
        )}
      </div>
      {standing && mayAct && <HoldActions decision={decision} alertId={alertId} />}
    </section>
  );
}

function Countdown({ deadline }: { readonly deadline: string }) {
  const { t, i18n } = useTranslation();
  const left = Date.parse(deadline) - useNow(1000);
  return (
    <span className={`countdown num${left < URGENT_MS ? ' countdown-urgent' : ''}`} role="timer">
      {left <= 0 ? t('decision.due') : t('decision.left', { time: formatCountdown(left, i18n.language) })}
    </span>
  );
}
