import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Button, Empty, Segmented, Statistic, Table, type TableColumnsType, Typography } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fetchIntake, fetchQuarantine, keys, type QuarantineState } from '../api/queries.ts';
import type { QuarantineItem } from '../api/types.ts';
import { inLanguage } from '../i18n/index.ts';
import { useRight } from '../session/session.tsx';
import { formatDateTime } from '../ui/format.ts';
import { FailureResult, ListSkeleton, NoRight } from '../ui/states.tsx';

const COUNTS = ['sent', 'accepted', 'duplicate', 'quarantined'] as const;
const STATES = ['open', 'replayed', 'discarded', 'all'] as const satisfies readonly QuarantineState[];

export default function QuarantinePage() {
  const mayRead = useRight('claims.read');
  const mayMap = useRight('claims.map');
  return mayRead || mayMap ? <Quarantine /> : <NoRight />;
}

/** What came and could not be understood, with the reason in words. */
function Quarantine() {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  const [state, setState] = useState<QuarantineState>('open');
  const intake = useQuery({ queryKey: keys.intake, queryFn: fetchIntake });
  const quarantine = useInfiniteQuery({
    queryKey: keys.quarantine(state),
    queryFn: ({ pageParam, signal }) => fetchQuarantine(state, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
  const items = useMemo(() => (quarantine.data?.pages ?? []).flatMap((page) => page.items), [quarantine.data]);
  const columns: TableColumnsType<QuarantineItem> = [
    {
      title: t('quarantine.received'),
      width: 170,
      className: 'num',
      render: (_, item) => formatDateTime(item.receivedAt, language),
    },
    { title: t('quarantine.infno'), width: 90, render: (_, item) => <span className="mono">{item.infno ?? '–'}</span> },
    {
      title: t('quarantine.clinic'),
      width: 140,
      render: (_, item) => <span className="mono">{item.clinicCode ?? '–'}</span>,
    },
    { title: t('quarantine.reason'), width: 260, render: (_, item) => inLanguage(item.reasonWords, language) },
    { title: t('quarantine.detail'), render: (_, item) => <span className="wrap">{item.detail}</span> },
    { title: t('quarantine.state'), width: 100, render: (_, item) => t(`quarantine.${item.state}`) },
  ];
  return (
    <div className="wide-page">
      <header className="page-head">
        <Typography.Title level={2}>{t('quarantine.title')}</Typography.Title>
        <Segmented<QuarantineState>
          value={state}
          onChange={setState}
          options={STATES.map((value) => ({
            value,
            label: value === 'all' ? t('quarantine.showAll') : t(`quarantine.${value}`),
          }))}
        />
      </header>
      <Typography.Paragraph type="secondary">{t('quarantine.intro')}</Typography.Paragraph>
      {intake.data !== undefined && (
        <div className="intake">
          {COUNTS.map((name) => (
            <Statistic key={name} title={t(`quarantine.${name}`)} value={intake.data[name]} />
          ))}
        </div>
      )}
      {quarantine.isPending && <ListSkeleton rows={4} />}
      {quarantine.isError && quarantine.data === undefined && (
        <FailureResult error={quarantine.error} onRetry={() => void quarantine.refetch()} />
      )}
      {quarantine.isSuccess && items.length === 0 && (
        <Empty className="empty" image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('quarantine.none')} />
      )}
      {items.length > 0 && (
        <Table<QuarantineItem> rowKey="id" size="small" columns={columns} dataSource={items} pagination={false} />
      )}
      {quarantine.hasNextPage && (
        <Button block loading={quarantine.isFetchingNextPage} onClick={() => void quarantine.fetchNextPage()}>
          {t('common.more')}
        </Button>
      )}
    </div>
  );
}
