import { CheckCircleFilled, CloseCircleFilled, QuestionCircleFilled } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import type { AlertDetail, Claim, Portrait, Verdict } from '../api/types.ts';
import { inLanguage } from '../i18n/index.ts';
import { formatPercent, formatTime } from '../ui/format.ts';
import { useSceneName } from '../ui/words.ts';
import { FaceImage, NoFace } from './face-image.tsx';
import { OddsScale } from './odds-scale.tsx';

const SHOTS_SHOWN = 3;

/** Whose portrait stands beside whose pictures, and what the comparison says, in words before figures. */
export function EvidencePanel({ alert, claim }: { readonly alert: AlertDetail; readonly claim: Claim | null }) {
  const { t } = useTranslation();
  const verdict = claim?.verdict ?? null;
  const faceOff = verdict?.reason === 'face_recognition_off';
  const portrait = portraitOf(alert.portraits, claim);
  return (
    <section className="panel evidence" aria-labelledby="evidence-title">
      <header className="panel-head">
        <h2 id="evidence-title">{t('evidence.title')}</h2>
        {!alert.maySeeFaces && <span className="hint">{t('evidence.noRight')}</span>}
      </header>
      {faceOff ? <p className="face-off">{t('evidence.faceOff')}</p> : <Faces alert={alert} portrait={portrait} />}
      {verdict !== null && <VerdictBlock verdict={verdict} />}
      {verdict === null && (
        <p className="hint">{t(claim?.person == null ? 'evidence.noPerson' : 'evidence.noVerdict')}</p>
      )}
    </section>
  );
}

function Faces({ alert, portrait }: { readonly alert: AlertDetail; readonly portrait: Portrait | null }) {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  const sceneName = useSceneName();
  const shots = alert.bestShots.slice(0, SHOTS_SHOWN);
  return (
    <div className="faces">
      <figure className="face face-portrait">
        {portrait === null ? (
          <NoFace text={t('evidence.noPortrait')} />
        ) : (
          <FaceImage image={portrait.image} allowed={alert.maySeeFaces} alt={t('evidence.portraitAlt')} />
        )}
        <figcaption>
          <strong>{portrait === null ? t('evidence.portrait') : t(`portrait.${portrait.who}`)}</strong>
          {portrait !== null && <span>{inLanguage(portrait.words, language)}</span>}
        </figcaption>
      </figure>
      <span className="faces-versus" aria-hidden="true">
        ⇄
      </span>
      {shots.length === 0 && (
        <figure className="face">
          <NoFace text={t('evidence.noShots')} />
          <figcaption>
            <strong>{t('evidence.shots')}</strong>
          </figcaption>
        </figure>
      )}
      {shots.map((shot) => (
        <figure className="face" key={shot.image.imageId}>
          <FaceImage
            image={shot.image}
            allowed={alert.maySeeFaces}
            alt={t('evidence.shotAlt', { time: formatTime(shot.at, language) })}
          />
          <figcaption>
            <strong className="num">
              {formatTime(shot.at, language)} {sceneName(shot.scenePoint)}
            </strong>
            <span>
              {t('evidence.quality')}: {inLanguage(shot.qualityWords, language)}
            </span>
          </figcaption>
        </figure>
      ))}
    </div>
  );
}

const VERDICT_ICON = {
  match: <CheckCircleFilled />,
  mismatch: <CloseCircleFilled />,
  cannot_tell: <QuestionCircleFilled />,
} as const;

function VerdictBlock({ verdict }: { readonly verdict: Verdict }) {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  const { coverage } = verdict;
  return (
    <div className={`verdict verdict-${verdict.verdict}`} data-verdict={verdict.verdict}>
      <p className="verdict-words">
        <strong>
          {VERDICT_ICON[verdict.verdict]} {t(`verdict.${verdict.verdict}`)}
        </strong>
        <span>{inLanguage(verdict.words, language)}</span>
      </p>
      <OddsScale llr={verdict.llr} words={verdict.llrWords === null ? null : inLanguage(verdict.llrWords, language)} />
      {verdict.portraitAge === null ? null : (
        <p className={verdict.portraitAge.tooOld ? 'hint poor' : 'hint'}>
          {inLanguage(verdict.portraitAge.words, language)}
        </p>
      )}
      <div className="coverage">
        <span className="coverage-name">{t('evidence.coverage')}</span>
        <span className="coverage-bar" aria-hidden="true">
          <span
            style={{ width: formatPercent(coverage ?? 0) }}
            className={coverage !== null && coverage >= 0.8 ? 'good' : 'poor'}
          />
        </span>
        <span className="num">{coverage === null ? '–' : formatPercent(coverage)}</span>
        <span className="hint">
          {verdict.coverageWords === null ? '' : `${inLanguage(verdict.coverageWords, language)} · `}
          {t('evidence.window', {
            from: formatTime(verdict.window.from, language),
            to: formatTime(verdict.window.to, language),
          })}
        </span>
      </div>
    </div>
  );
}

function portraitOf(portraits: readonly Portrait[], claim: Claim | null): Portrait | null {
  const claimed = portraits.filter((portrait) => portrait.who === 'claimed');
  return (
    claimed.find((portrait) => portrait.psnNo !== null && portrait.psnNo === claim?.person?.psnNo) ??
    claimed[0] ??
    portraits[0] ??
    null
  );
}
