import { useTranslation } from 'react-i18next';

const WIDTH = 420;
const HEIGHT = 34;
const EDGE = 8;
/** Figures beyond it are capped by the calibration anyway. */
const LIMIT = 3;

/**
 * Where the log10 likelihood ratio stands between "another person" and "the same person"; without one, no mark.
 * The middle is drawn as wide as it is meaningless.
 */
export function OddsScale({ llr, words }: { readonly llr: number | null; readonly words: string | null }) {
  const { t } = useTranslation();
  const x = (value: number): number =>
    EDGE + ((Math.max(-LIMIT, Math.min(LIMIT, value)) + LIMIT) / (2 * LIMIT)) * (WIDTH - 2 * EDGE);
  return (
    <div className="odds">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={words ?? t('odds.none')}>
        <rect className="odds-other" x={EDGE} y={12} width={x(-1) - EDGE} height={9} rx={2} />
        <rect className="odds-middle" x={x(-1)} y={12} width={x(1) - x(-1)} height={9} />
        <rect className="odds-same" x={x(1)} y={12} width={WIDTH - EDGE - x(1)} height={9} rx={2} />
        <text x={EDGE} y={32}>
          ← {t('odds.other')}
        </text>
        <text x={WIDTH / 2} y={32} textAnchor="middle">
          {t('odds.middle')}
        </text>
        <text x={WIDTH - EDGE} y={32} textAnchor="end">
          {t('odds.same')} →
        </text>
        {llr !== null && <path className="odds-mark" d={`M${x(llr)} 23l-6 -16h12z`} />}
      </svg>
      <span className="odds-words">{words ?? t('odds.none')}</span>
    </div>
  );
}
