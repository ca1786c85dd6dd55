import { Alert, Descriptions, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import type { AlertDetail } from '../api/types.ts';
import { inLanguage } from '../i18n/index.ts';
import { formatDateTime, formatFen } from '../ui/format.ts';

/** How far it has come: limit, people, what was asked, said, found, determined and ordered. */
export function FlowPanel({ alert }: { readonly alert: AlertDetail }) {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  const { flow } = alert;
  const when = (at: string): string => formatDateTime(at, language);
  const rows = [
    flow.question !== null && { key: 'question', label: t('flow.question'), children: flow.question },
    ...flow.explanations.map((said) => ({
      key: said.id,
      label: said.kind === 'appeal' ? t('flow.appealSaid') : t('flow.explanation'),
      children: (
        <>
          <p className="flow-said">{said.text}</p>
          <span className="hint">
            <time dateTime={said.at}>{when(said.at)}</time> {said.late && <Tag>{t('flow.late')}</Tag>}
          </span>
          {said.attachments.length > 0 && (
            <p>
              {t('flow.attachments')}{' '}
              {said.attachments.map(({ id, name }) => (
                <a key={id} href={`/v1/alerts/${alert.id}/attachments/${id}`} download={name} className="flow-file">
                  {name}
                </a>
              ))}
            </p>
          )}
        </>
      ),
    })),
    flow.task !== null && {
      key: 'task',
      label: t('flow.task'),
      children: `${t(`flow.${flow.task.way}`)} · ${flow.task.text}`,
    },
    flow.verification !== null && {
      key: 'verification',
      label: t('flow.result'),
      children: `${flow.verification.result} ${flow.verification.officers.join(' · ')}`,
    },
    flow.proposal !== null &&
      alert.state === 'proposed' && {
        key: 'proposal',
        label: t('flow.proposal'),
        children: (
          <>
            <strong>{t(`flow.${flow.proposal.determination}`)}</strong> {flow.proposal.grounds}{' '}
            {flow.proposal.amountFen !== null && formatFen(flow.proposal.amountFen)}{' '}
            <span className="hint">{t('flow.proposedBy', { name: flow.proposal.by })}</span>
          </>
        ),
      },
    flow.determination !== null && {
      key: 'determination',
      label: t('flow.determination'),
      children: (
        <>
          <strong>{t(`flow.${flow.determination}`)}</strong> {flow.grounds}{' '}
          {flow.amountFen !== null && formatFen(flow.amountFen)}
        </>
      ),
    },
    flow.measures.length > 0 && {
      key: 'measures',
      label: t('flow.measures'),
      children: (
        <ul className="flow-measures">
          {flow.measures.map((measure) => (
            <li key={measure.id}>
              {inLanguage(measure.words, language)} ·{' '}
              {t('flow.recovered', {
                recovered: formatFen(measure.recoveredFen),
                amount: formatFen(measure.amountFen),
              })}
              {measure.dueOn !== null && ` · ${t('flow.dueOn')} ${measure.dueOn}`}
            </li>
          ))}
        </ul>
      ),
    },
  ].filter((row) => row !== false);
  const carriedOn = alert.state !== 'withdrawn' && alert.findings.every(({ outcome }) => outcome !== 'hit');
  const people = [
    flow.firstReviewer !== null && t('flow.firstReviewer', { name: flow.firstReviewer }),
    flow.secondReviewer !== null && t('flow.secondReviewer', { name: flow.secondReviewer }),
    flow.assignee !== null && t('flow.assignee', { name: flow.assignee }),
  ].filter((text) => text !== false);
  if (rows.length === 0 && people.length === 0 && flow.dueAt === null && !carriedOn) return null;
  return (
    <section className="panel flow-panel" aria-label={t('flow.title')}>
      <p className="flow-line">
        {flow.dueAt !== null && (
          <Tag color={flow.overdue ? 'error' : 'default'}>
            {t(flow.overdue ? 'flow.overdue' : 'flow.due', { when: when(flow.dueAt) })}
          </Tag>
        )}
        {flow.escalatedAt !== null && <Tag color="warning">{t('flow.escalated')}</Tag>}
        {people.map((text) => (
          <span key={text} className="hint">
            {text}
          </span>
        ))}
      </p>
      {carriedOn && <Alert type="warning" showIcon title={t('flow.findingsGone')} />}
      {rows.length > 0 && <Descriptions bordered size="small" column={1} items={rows} />}
    </section>
  );
}
