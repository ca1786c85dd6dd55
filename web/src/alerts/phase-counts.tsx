import { useTranslation } from 'react-i18next';
import { PHASES, type Phase } from '../api/types.ts';
import { PhaseIcon } from '../ui/tags.tsx';

interface PhaseCountsProps {
  readonly counts: Readonly<Record<Phase, number>> | undefined;
  readonly chosen: readonly string[];
  readonly onToggle: (phase: Phase) => void;
}

/** How much stands in each phase; a press filters by it. */
export function PhaseCounts({ counts, chosen, onToggle }: PhaseCountsProps) {
  const { t } = useTranslation();
  return (
    <fieldset className="phase-counts" aria-label={t('filter.phase')}>
      {PHASES.map((phase) => (
        <button
          type="button"
          key={phase}
          className={`phase-count phase-edge-${phase}`}
          aria-pressed={chosen.includes(phase)}
          onClick={() => onToggle(phase)}
        >
          <span className={`phase-count-icon phase-${phase}`}>
            <PhaseIcon phase={phase} />
          </span>
          <span className="phase-count-words">
            <strong>{t(`phase.${phase}Long`)}</strong>
            <small>{t(`phase.${phase}Hint`)}</small>
          </span>
          <span className="phase-count-number num">
            <span data-count={phase}>{counts?.[phase] ?? '–'}</span> <small>{t('list.standing')}</small>
          </span>
        </button>
      ))}
    </fieldset>
  );
}
