import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Empty, Space, Table, type TableColumnsType, Typography } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { answerSampleCheck, fetchSampleChecks, keys } from '../api/queries.ts';
import type { SampleCheck, SampleOutcome } from '../api/types.ts';
import { useRight } from '../session/session.tsx';
import { useErrorMessage } from '../ui/error-text.ts';
import { formatDateTime, formatFen } from '../ui/format.ts';
import { FailureResult, ListSkeleton, NoRight } from '../ui/states.tsx';
import { BudgetPanel } from './budget-panel.tsx';

const OUTCOMES = ['fine', 'wrong', 'cannot_tell'] as const satisfies readonly SampleOutcome[];

export default function ChecksPage() {
  return useRight('alerts.first') ? <Checks /> : <NoRight />;
}

/** 抽查: visits to be looked at without a suspicion being told, so that what is missed is known. */
function Checks() {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  const { message } = App.useApp();
  const queryClient = useQueryClient();
  const report = useErrorMessage();
  const [busy, setBusy] = useState<string | null>(null);
  const checks = useInfiniteQuery({
    queryKey: keys.checks,
    queryFn: ({ pageParam, signal }) => fetchSampleChecks(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
  const items = useMemo(() => (checks.data?.pages ?? []).flatMap((page) => page.items), [checks.data]);

  const answer = async (check: SampleCheck, outcome: SampleOutcome): Promise<void> => {
    setBusy(check.id);
    try {
      await answerSampleCheck(check.id, outcome);
      void message.success(t('checks.answered'));
    } catch (error) {
      report(error);
    } finally {
      setBusy(null);
      void queryClient.invalidateQueries({ queryKey: keys.checks });
      void queryClient.invalidateQueries({ queryKey: keys.missed });
    }
  };

  const columns: TableColumnsType<SampleCheck> = [
    { title: t('checks.clinic'), render: (_, check) => check.clinic.name, width: 190 },
    {
      title: t('checks.occurredAt'),
      render: (_, check) => (check.occurredAt === null ? '–' : formatDateTime(check.occurredAt, language)),
      width: 170,
      className: 'num',
    },
    {
      title: t('checks.visit'),
      render: (_, check) => <span className="mono">{check.setlIds.join(' ') || (check.psnNo ?? '–')}</span>,
    },
    {
      title: t('checks.fund'),
      render: (_, check) => formatFen(check.fundFen),
      align: 'right',
      className: 'num',
      width: 110,
    },
    {
      title: t('checks.outcome'),
      width: 330,
      render: (_, check) => (
        <Space size={4} wrap data-check={check.id}>
          {OUTCOMES.map((outcome) => (
            <Button
              key={outcome}
              size="small"
              disabled={busy !== null}
              loading={busy === check.id}
              onClick={() => void answer(check, outcome)}
            >
              {t(`checks.${outcome}`)}
            </Button>
          ))}
        </Space>
      ),
    },
  ];

  return (
    <div className="wide-page">
      <header className="page-head">
        <Typography.Title level={2}>{t('checks.title')}</Typography.Title>
      </header>
      <Typography.Paragraph type="secondary">{t('checks.intro')}</Typography.Paragraph>
      {checks.isPending && <ListSkeleton rows={4} />}
      {checks.isError && <FailureResult error={checks.error} onRetry={() => void checks.refetch()} />}
      {checks.isSuccess && items.length === 0 && (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('checks.none')} />
      )}
      {items.length > 0 && (
        <Table<SampleCheck> rowKey="id" size="middle" columns={columns} dataSource={items} pagination={false} />
      )}
      {checks.hasNextPage && <Button onClick={() => void checks.fetchNextPage()}>{t('common.more')}</Button>}
      <BudgetPanel />
    </div>
  );
}
