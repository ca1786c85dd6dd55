import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, DatePicker, Empty, Input, Space, Table, type TableColumnsType, Tag, Typography } from 'antd';
import type { Dayjs } from 'dayjs';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as api from '../api/generated/sdk.gen.ts';
import type { ListAuditData, ListAuditResponse } from '../api/generated/types.gen.ts';
import { useRight } from '../session/session.tsx';
import { formatDateTime } from '../ui/format.ts';
import { FailureResult, ListSkeleton, NoRight } from '../ui/states.tsx';

type Entry = ListAuditResponse['items'][number];
type Filter = Pick<NonNullable<ListAuditData['query']>, 'actor' | 'action' | 'subjectId' | 'from' | 'to'>;

const PAGE = 100;
const OUTCOMES = { done: 'default', refused: 'warning', failed: 'error' } as const;

export default function AuditPage() {
  return useRight('audit.read') ? <AuditTrail /> : <NoRight />;
}

/** Who did what: for the auditor. */
function AuditTrail() {
  const { t, i18n } = useTranslation();
  const [filter, setFilter] = useState<Filter>({});
  const [form, setForm] = useState(0);
  const trail = useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: async ({ pageParam, signal }) =>
      (
        await api.listAudit({
          query: { ...filter, limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) },
          signal,
          throwOnError: true,
        })
      ).data,
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
  const items = (trail.data?.pages ?? []).flatMap((page) => page.items);
  const put = (name: 'actor' | 'action' | 'subjectId', value: string): void =>
    setFilter(({ [name]: _, ...rest }) => (value.trim() === '' ? rest : { ...rest, [name]: value.trim() }));
  const putSpan = (span: readonly (Dayjs | null)[] | null): void =>
    setFilter(({ from: _, to: __, ...rest }) => {
      const [from, to] = span ?? [];
      return {
        ...rest,
        ...(from == null ? {} : { from: from.toISOString() }),
        ...(to == null ? {} : { to: to.toISOString() }),
      };
    });
  const columns: TableColumnsType<Entry> = [
    { title: t('audit.at'), width: 170, className: 'num', render: (_, item) => formatDateTime(item.at, i18n.language) },
    { title: t('audit.actor'), width: 160, dataIndex: 'actor' },
    { title: t('audit.action'), width: 180, render: (_, item) => <span className="mono">{item.action}</span> },
    {
      title: t('audit.subject'),
      width: 300,
      render: (_, item) =>
        item.subjectId === null ? (
          '–'
        ) : (
          <span className="mono wrap">{`${item.subjectKind ?? ''} ${item.subjectId}`}</span>
        ),
    },
    { title: t('audit.purpose'), render: (_, item) => <span className="wrap">{item.purpose ?? '–'}</span> },
    {
      title: t('audit.outcome'),
      width: 100,
      render: (_, item) => {
        const outcome = item.outcome as keyof typeof OUTCOMES;
        return <Tag color={OUTCOMES[outcome]}>{t(`audit.${outcome}`)}</Tag>;
      },
    },
  ];
  return (
    <div className="wide-page">
      <header className="page-head">
        <Typography.Title level={2}>{t('audit.title')}</Typography.Title>
      </header>
      <Typography.Paragraph type="secondary">{t('audit.intro')}</Typography.Paragraph>
      <Space wrap key={form} style={{ marginBottom: 12 }}>
        <Input.Search
          allowClear
          aria-label={t('audit.actor')}
          placeholder={`${t('audit.actor')} ${t('audit.actorHint')}`}
          onSearch={(value) => put('actor', value)}
          style={{ width: 220 }}
        />
        <Input.Search
          allowClear
          aria-label={t('audit.action')}
          placeholder={`${t('audit.action')} ${t('audit.actionHint')}`}
          onSearch={(value) => put('action', value)}
          style={{ width: 240 }}
        />
        <Input.Search
          allowClear
          aria-label={t('audit.subjectId')}
          placeholder={t('audit.subjectId')}
          onSearch={(value) => put('subjectId', value)}
          style={{ width: 260 }}
        />
        <DatePicker.RangePicker showTime aria-label={t('audit.span')} onChange={putSpan} />
        <Button
          onClick={() => {
            setFilter({});
            setForm((n) => n + 1);
          }}
        >
          {t('audit.clear')}
        </Button>
      </Space>
      {trail.isPending && <ListSkeleton rows={6} />}
      {trail.isError && trail.data === undefined && (
        <FailureResult error={trail.error} onRetry={() => void trail.refetch()} />
      )}
      {trail.isSuccess && items.length === 0 && (
        <Empty className="empty" image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('audit.none')} />
      )}
      {items.length > 0 && (
        <Table<Entry>
          rowKey="id"
          size="small"
          columns={columns}
          dataSource={items}
          pagination={false}
          scroll={{ x: 1050 }}
        />
      )}
      {trail.hasNextPage && (
        <Button block loading={trail.isFetchingNextPage} onClick={() => void trail.fetchNextPage()}>
          {t('common.more')}
        </Button>
      )}
    </div>
  );
}
