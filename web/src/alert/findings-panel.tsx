import { LikeOutlined, SearchOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import type { AlertDetail, Finding } from '../api/types.ts';
import { inLanguage } from '../i18n/index.ts';
import { OutcomeTag, PhaseTag } from '../ui/tags.tsx';

/** What speaks for the person and what raised the suspicion: two boxes of one size, the person's first. */
export function FindingsPanel({ alert }: { readonly alert: AlertDetail }) {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  const hits = alert.findings.filter((finding) => finding.outcome === 'hit');
  const others = alert.findings.filter((finding) => finding.outcome !== 'hit');
  return (
    <div className="detail-column">
      <section className="panel favour" aria-labelledby="favour-title">
        <header className="panel-head">
          <h2 id="favour-title">
            <LikeOutlined /> {t('findings.favour')}
          </h2>
        </header>
        {alert.inFavour.length === 0 ? (
          <p className="hint">{t('findings.favourNone')}</p>
        ) : (
          <ul className="points">
            {alert.inFavour.map((point) => (
              <li key={point.code}>{inLanguage(point, language)}</li>
            ))}
          </ul>
        )}
      </section>
      <section className="panel against" aria-labelledby="against-title">
        <header className="panel-head">
          <h2 id="against-title">
            <SearchOutlined /> {t('findings.against')}
          </h2>
        </header>
        {hits.length === 0 && <p className="hint">{t('findings.againstNone')}</p>}
        {hits.map((finding) => (
          <FindingBlock key={finding.id} finding={finding} />
        ))}
        {others.length > 0 && (
          <details className="undetermined">
            <summary>{t('findings.others', { count: others.length })}</summary>
            {others.map((finding) => (
              <FindingBlock key={finding.id} finding={finding} />
            ))}
          </details>
        )}
      </section>
    </div>
  );
}

function FindingBlock({ finding }: { readonly finding: Finding }) {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  return (
    <article className="finding" data-rule={finding.rule}>
      <header>
        <PhaseTag phase={finding.phase} />
        <strong>{inLanguage(finding.name, language)}</strong>
        <span className="mono hint">{finding.rule}</span>
        <OutcomeTag value={finding.outcome} />
      </header>
      <p>{inLanguage(finding.words, language)}</p>
      {finding.law !== null && (
        <p className="law">
          {t('findings.law')}
          {inLanguage(finding.law, language)}
          {finding.caseCauses.length > 0 &&
            ` · ${t('findings.causes', { causes: finding.caseCauses.join(t('claim.separator')) })}`}
        </p>
      )}
    </article>
  );
}
