import { useQuery } from '@tanstack/react-query';
import { Alert, Descriptions, Typography } from 'antd';
import { useTranslation } from 'react-i18next';
import { fetchBudget, fetchFairness, fetchMissed, fetchPrecision, keys } from '../api/queries.ts';
import type { ShareEstimate } from '../api/types.ts';
import { formatFen } from '../ui/format.ts';

const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** What the budget lets through, how often it was right, what it misses, and what is held back for fairness. */
export function BudgetPanel() {
  const { t } = useTranslation();
  const budget = useQuery({ queryKey: keys.budget, queryFn: fetchBudget });
  const precision = useQuery({ queryKey: keys.precision, queryFn: fetchPrecision });
  const missed = useQuery({ queryKey: keys.missed, queryFn: fetchMissed });
  const fairness = useQuery({ queryKey: keys.fairness, queryFn: fetchFairness });
  const estimate = ({ share, low, high, n }: ShareEstimate): string =>
    share === null
      ? t('checks.unknown')
      : t('checks.estimate', { share: percent(share), low: percent(low), high: percent(high), n });
  const fraud = budget.data?.budgets.find((one) => one.class === 'fraud' && one.region === '');
  const overall = precision.data?.overall;
  const all = missed.data?.rules[0];
  const broken = fairness.data?.bounds.filter((bound) => bound.liftedAt === null) ?? [];
  return (
    <section aria-label={t('checks.budget')}>
      {broken.length > 0 && (
        <Alert
          type="warning"
          showIcon
          title={t('checks.boundTitle', { count: fairness.data?.waiting ?? 0 })}
          description={broken
            .map(
              (bound) =>
                `${t(`dimension.${bound.dimension}`)} ${bound.group} (${percent(bound.low)} > ${percent(bound.allowed)})`,
            )
            .join(' · ')}
        />
      )}
      <Typography.Title level={3}>{t('checks.budget')}</Typography.Title>
      <Descriptions size="small" column={{ xs: 1, md: 2 }} bordered>
        <Descriptions.Item label={t('checks.shownToday')}>
          {fraud === undefined ? '–' : `${fraud.shownToday} / ${fraud.perDay ?? t('checks.noLimit')}`}
        </Descriptions.Item>
        <Descriptions.Item label={t('checks.waiting')}>
          {budget.data === undefined
            ? '–'
            : t('checks.waitingValue', {
                count: budget.data.waiting.n,
                fund: formatFen(budget.data.waiting.expectedFen),
              })}
        </Descriptions.Item>
        <Descriptions.Item label={t('checks.precision')}>
          {overall === undefined ? '–' : estimate({ ...overall, share: overall.precision })}
        </Descriptions.Item>
        <Descriptions.Item label={t('checks.missed')}>
          {all === undefined ? '–' : estimate({ ...all, share: all.missedShare, n: all.checked })}
        </Descriptions.Item>
      </Descriptions>
    </section>
  );
}
