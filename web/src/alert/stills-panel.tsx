import { useTranslation } from 'react-i18next';
import type { AlertDetail, Snapshot } from '../api/types.ts';
import { inLanguage } from '../i18n/index.ts';
import { formatDuration, formatTime } from '../ui/format.ts';
import { useSceneName } from '../ui/words.ts';
import { FaceImage, NoFace } from './face-image.tsx';

interface StillsPanelProps {
  readonly snapshots: AlertDetail['snapshots'];
  readonly footage: AlertDetail['footage'];
  readonly maySeeFaces: boolean;
}

/** 智能抓拍: each still with the time it was meant for, the time it was taken and the clock by which that is known. */
export function StillsPanel({ snapshots, footage, maySeeFaces }: StillsPanelProps) {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  return (
    <section className="panel stills" aria-labelledby="stills-title">
      <header className="panel-head">
        <h2 id="stills-title">{t('stills.title')}</h2>
        {footage.length > 0 && <span className="hint">{t('stills.footage', { count: footage.length })}</span>}
      </header>
      {snapshots.length === 0 && <p className="hint">{t('stills.none')}</p>}
      <div className="still-row">
        {snapshots.map((snapshot) => (
          <Still key={snapshot.id} snapshot={snapshot} language={language} maySeeFaces={maySeeFaces} />
        ))}
      </div>
    </section>
  );
}

interface StillProps {
  readonly snapshot: Snapshot;
  readonly language: string;
  readonly maySeeFaces: boolean;
}

function Still({ snapshot, language, maySeeFaces }: StillProps) {
  const { t } = useTranslation();
  const sceneName = useSceneName();
  const { clockOffsetMs } = snapshot;
  return (
    <figure className="still">
      {snapshot.image === null ? (
        <NoFace text={inLanguage(snapshot.words, language)} />
      ) : (
        <FaceImage image={snapshot.image} allowed={maySeeFaces} alt={inLanguage(snapshot.words, language)} />
      )}
      <figcaption>
        <strong>
          {sceneName(snapshot.scenePoint)} · {t(`stills.${snapshot.triggerKind}`)}
        </strong>
        <span className="num">
          {t('stills.planned')} {formatTime(snapshot.plannedAt, language)}
        </span>
        <span className="num">
          {t('stills.actual')} {snapshot.actualAt === null ? '–' : formatTime(snapshot.actualAt, language)}
        </span>
        <span className="hint">
          {clockOffsetMs === null
            ? t('stills.clockUnknown')
            : t(clockOffsetMs >= 0 ? 'stills.clockFast' : 'stills.clockSlow', {
                by: formatDuration(Math.abs(clockOffsetMs), language),
              })}
        </span>
      </figcaption>
    </figure>
  );
}
