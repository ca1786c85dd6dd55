import { CheckCircleFilled, CloseCircleFilled, QuestionCircleFilled, RollbackOutlined } from '@ant-design/icons';
import { Popover } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlertDetail, Claim } from '../api/types.ts';
import { inLanguage } from '../i18n/index.ts';
import { formatDateTime, formatFen, formatTime } from '../ui/format.ts';

interface ClaimPanelProps {
  readonly alert: AlertDetail;
  readonly claim: Claim | null;
  readonly chosen: number;
  readonly onChoose: (index: number) => void;
}

const VERDICT_ICON = {
  match: <CheckCircleFilled />,
  mismatch: <CloseCircleFilled />,
  cannot_tell: <QuestionCircleFilled />,
} as const;

/** What happened and what was claimed, in plain words and in the figures that matter. */
export function ClaimPanel({ alert, claim, chosen, onChoose }: ClaimPanelProps) {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  return (
    <section className="panel claim" aria-labelledby="claim-title">
      <header className="panel-head">
        <h2 id="claim-title">{t('claim.title')}</h2>
        {alert.claimsTotal > 1 && <span className="hint">{t('claim.count', { count: alert.claimsTotal })}</span>}
      </header>
      <p className="plain-words">{inLanguage(alert.words, language)}</p>
      {alert.claims.length > 1 && (
        <div className="claim-list" role="listbox" aria-label={t('claim.choose')}>
          {alert.claims.map((other, index) => (
            <button
              type="button"
              role="option"
              aria-selected={index === chosen}
              key={other.settlementId ?? other.setlId ?? other.msgid ?? index}
              onClick={() => onChoose(index)}
            >
              <span className="num">{other.at === null ? '–' : formatTime(other.at, language)}</span>
              <span className="claim-name">{other.person?.maskedName ?? other.person?.psnNo ?? '–'}</span>
              <span className="num">{other.fundFen === null ? '' : formatFen(other.fundFen)}</span>
              {other.verdict !== null && (
                <span
                  className={`verdict-mini verdict-${other.verdict.verdict}`}
                  title={t(`verdict.${other.verdict.verdict}`)}
                >
                  {VERDICT_ICON[other.verdict.verdict]} {t(`verdict.${other.verdict.verdict}Short`)}
                </span>
              )}
            </button>
          ))}
        </div>
      )}
      {claim !== null && <ClaimFigures claim={claim} />}
    </section>
  );
}

function ClaimFigures({ claim }: { readonly claim: Claim }) {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  const { person } = claim;
  const sex = person?.sex === 'male' || person?.sex === 'female' ? t(`sex.${person.sex}`) : null;
  const money = (fen: number | null) => fen !== null && <span className="num">{formatFen(fen)}</span>;
  return (
    <>
      {claim.reversedAt !== null && (
        <p className="reversed">
          <RollbackOutlined /> {t('claim.reversed', { at: formatDateTime(claim.reversedAt, language) })}
        </p>
      )}
      <dl className="figures">
        {person !== null && (
          <Figure name={t('claim.person')}>
            <strong>{person.maskedName ?? t('claim.noName')}</strong>{' '}
            {[sex, person.age === null ? null : t('claim.age', { age: person.age })].filter(Boolean).join(' · ')}{' '}
            <span className="mono hint">{person.psnNo}</span>
          </Figure>
        )}
        <Figure name={t(`claimKind.${claim.kind}`)}>
          {claim.at !== null && <span className="num">{formatDateTime(claim.at, language)}</span>}
        </Figure>
        <Figure name={t('claim.total')}>{money(claim.totalFen)}</Figure>
        <Figure name={t('claim.fund')}>{money(claim.fundFen)}</Figure>
        <Figure name={t('claim.account')}>{money(claim.accountFen)}</Figure>
        <Figure name={t('claim.cash')}>{money(claim.cashFen)}</Figure>
        <Figure name={t('claim.setlId')}>
          {claim.setlId !== null && <span className="mono">{claim.setlId}</span>}
        </Figure>
      </dl>
      {claim.feeLinesTotal > 0 && (
        <Popover
          trigger={['hover', 'click', 'focus']}
          placement="rightTop"
          title={t('claim.lines', { count: claim.feeLinesTotal })}
          content={
            <table className="fee-lines">
              <tbody>
                {claim.feeLines.map((line, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: two lines may be alike, and none ever moves
                  <tr key={`${line.code}${index}`}>
                    <td>{line.name ?? line.code ?? '–'}</td>
                    <td className="num">{line.count === null ? '' : `× ${line.count}`}</td>
                    <td className="num">{line.amountFen === null ? '' : formatFen(line.amountFen)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          }
        >
          <button type="button" className="link-button">
            {t('claim.linesNamed', {
              count: claim.feeLinesTotal,
              names:
                claim.feeLines
                  .slice(0, 3)
                  .map((line) => line.name ?? line.code ?? '–')
                  .join(t('claim.separator')) + (claim.feeLinesTotal > 3 ? '…' : ''),
            })}
          </button>
        </Popover>
      )}
    </>
  );
}

/** A named figure; nothing at all where the figure is not known. */
function Figure({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return children === false ? null : (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
