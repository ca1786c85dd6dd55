import { MIN_COVERAGE } from './camera-coverage.ts';
import { type Figure, shareFigure } from './figure.ts';
import { VERDICTS } from './outcome-table.ts';
import { coverageByFeed, type ScoreInput } from './score-input.ts';

const MISMATCH = VERDICTS.indexOf('mismatch');

/** What the product is good for at the counter. */
export function counterFigures(input: ScoreInput): {
  readonly listedAnswered: Figure;
  readonly strangerMismatch: Figure;
} {
  const { truth, outcome, facts } = input;
  const stranger = truth.schemes.indexOf('impostor_other');
  const counts = { strangers: 0, covered: 0, mismatched: 0 };
  const verdicts: Record<string, number> = {};
  for (let i = 0; i < truth.count; i++) {
    if (stranger < 1 || truth.scheme[i] !== stranger) continue;
    counts.strangers++;
    const coverage = coverageByFeed(input, i);
    if (coverage === null || coverage < MIN_COVERAGE) continue;
    counts.covered++;
    if (outcome.verdict[i] === MISMATCH) counts.mismatched++;
    const word = `${VERDICTS[outcome.verdict[i] ?? 0] ?? 'none'}:${outcome.reasons[outcome.reason[i] ?? 0] ?? ''}`;
    verdicts[word] = (verdicts[word] ?? 0) + 1;
  }
  return {
    listedAnswered: shareFigure(
      facts.listedAnswered,
      facts.listedAsked,
      'no hook clinic asked about anybody already listed dead or inpatient',
    ),
    strangerMismatch: shareFigure(counts.mismatched, counts.covered, 'no settlement by a stranger in coverage', {
      more: { strangers: counts.strangers, verdicts },
    }),
  };
}
