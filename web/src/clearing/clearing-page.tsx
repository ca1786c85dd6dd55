import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Empty, Select, Table, type TableColumnsType, Typography } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { serverNow } from '../api/http.ts';
import { acknowledgeHolds, fetchHolds, keys } from '../api/queries.ts';
import type { HoldItem } from '../api/types.ts';
import { inLanguage } from '../i18n/index.ts';
import { useRight } from '../session/session.tsx';
import { useErrorMessage } from '../ui/error-text.ts';
import { formatCountdown, formatDateTime, formatFen, monthOf } from '../ui/format.ts';
import { FailureResult, ListSkeleton, NoRight } from '../ui/states.tsx';
import { useNow } from '../ui/use-now.ts';

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

export default function ClearingPage() {
  return useRight('clearing.read') ? <Clearing /> : <NoRight />;
}

/** What a month's clearing does not pay out, for now. */
function Clearing() {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  const { message } = App.useApp();
  const queryClient = useQueryClient();
  const report = useErrorMessage();
  const mayAct = useRight('clearing.act');
  const now = useNow(30_000);
  const [params, setParams] = useSearchParams();
  const asked = params.get('month') ?? '';
  const month = MONTH.test(asked) ? asked : monthOf(serverNow());
  const months = useMemo(() => monthsBack(monthOf(serverNow()), month), [month]);
  const [chosen, setChosen] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);

  const holds = useInfiniteQuery({
    queryKey: keys.holds(month),
    queryFn: ({ pageParam, signal }) => fetchHolds(month, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
  const first = holds.data?.pages[0];
  const items = useMemo(() => (holds.data?.pages ?? []).flatMap((page) => page.items), [holds.data]);

  const acknowledge = async (): Promise<void> => {
    setBusy(true);
    try {
      await acknowledgeHolds(month, chosen);
      setChosen([]);
      void message.success(t('clearing.acknowledgedNow'));
    } catch (error) {
      report(error);
    } finally {
      setBusy(false);
      void queryClient.invalidateQueries({ queryKey: keys.holds(month) });
    }
  };

  const columns: TableColumnsType<HoldItem> = [
    { title: t('clearing.clinic'), render: (_, hold) => hold.clinic.name, width: 190 },
    {
      title: t('clearing.settledAt'),
      render: (_, hold) => formatDateTime(hold.settledAt, language),
      width: 170,
      className: 'num',
    },
    { title: t('clearing.setlId'), render: (_, hold) => <span className="mono">{hold.setlId ?? hold.msgid}</span> },
    {
      title: t('clearing.fund'),
      render: (_, hold) => formatFen(hold.fundFen),
      align: 'right',
      className: 'num',
      width: 110,
    },
    {
      title: t('clearing.reasons'),
      render: (_, hold) => hold.reasons.map((reason) => inLanguage(reason, language)).join(t('clearing.join')),
    },
    { title: t('clearing.state'), render: (_, hold) => t(`clearing.${hold.state}`), width: 110 },
    {
      title: t('clearing.deadline'),
      width: 190,
      render: (_, hold) =>
        hold.deadline === null
          ? '–'
          : `${formatDateTime(hold.deadline, language).slice(0, -3)} (${formatCountdown(Date.parse(hold.deadline) - now, language)})`,
    },
    {
      title: t('clearing.receipt'),
      width: 110,
      render: (_, hold) => (hold.acknowledgedAt === null ? t('clearing.notAcknowledged') : t('clearing.acknowledged')),
    },
  ];

  return (
    <div className="wide-page">
      <header className="page-head">
        <Typography.Title level={2}>{t('clearing.title')}</Typography.Title>
        <Select
          aria-label={t('clearing.month')}
          style={{ width: 120 }}
          value={month}
          options={months.map((value) => ({ value, label: value }))}
          onChange={(value: string) => {
            setChosen([]);
            setParams({ month: value });
          }}
        />
        {first !== undefined && (
          <span>
            {t('clearing.totals', {
              holds: first.totals.holds,
              fund: formatFen(first.totals.fundFen),
              acknowledged: first.totals.acknowledged,
            })}
          </span>
        )}
        {mayAct && (
          <Button type="primary" disabled={chosen.length === 0} loading={busy} onClick={() => void acknowledge()}>
            {t('clearing.acknowledge', { count: chosen.length })}
          </Button>
        )}
      </header>
      <Typography.Paragraph type="secondary">{t('clearing.intro')}</Typography.Paragraph>
      {first !== undefined && first.changes.length > 0 && (
        <Alert
          type="warning"
          showIcon
          title={t('clearing.changes')}
          description={
            <ul className="points">
              {first.changes.map((change) => (
                <li key={`${change.decisionId}${change.at}`}>
                  <span className="mono">{change.setlId ?? change.decisionId}</span>{' '}
                  {inLanguage(change.words, language)} · {formatDateTime(change.at, language)}
                </li>
              ))}
            </ul>
          }
        />
      )}
      {holds.isPending && <ListSkeleton rows={4} />}
      {holds.isError && holds.data === undefined && (
        <FailureResult error={holds.error} onRetry={() => void holds.refetch()} />
      )}
      {holds.isSuccess && items.length === 0 && (
        <Empty className="empty" image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('clearing.none')} />
      )}
      {items.length > 0 && (
        <Table<HoldItem>
          rowKey="decisionId"
          size="small"
          columns={columns}
          dataSource={items}
          pagination={false}
          {...(mayAct
            ? {
                rowSelection: {
                  selectedRowKeys: chosen,
                  onChange: (rows: React.Key[]) => setChosen(rows.map(String)),
                  getCheckboxProps: (hold: HoldItem) => ({ disabled: hold.acknowledgedAt !== null }),
                },
              }
            : {})}
        />
      )}
      {holds.hasNextPage && (
        <Button block loading={holds.isFetchingNextPage} onClick={() => void holds.fetchNextPage()}>
          {t('clearing.more')}
        </Button>
      )}
    </div>
  );
}

const MONTHS_BACK = 24;

/** The newest month first; one that was asked for by address stands there however old it is. */
function monthsBack(newest: string, asked: string): string[] {
  const [year = 0, month = 1] = newest.split('-').map(Number);
  const months = Array.from({ length: MONTHS_BACK }, (_, back) => {
    const at = new Date(Date.UTC(year, month - 1 - back, 1));
    return at.toISOString().slice(0, 7);
  });
  return months.includes(asked) ? months : [asked, ...months];
}
