import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Button, Empty, Popconfirm, Space, Table, type TableColumnsType, Tabs, Tag, Typography } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { zh } from '../i18n/zh.ts';
import { useRight, useSession } from '../session/session.tsx';
import { FailureResult, ListSkeleton, NoRight } from '../ui/states.tsx';
import { AccountForm } from './account-form.tsx';
import { type Account, changeAccount, endSession, fetchAccounts, fetchSessions, keys, resetTotp } from './queries.ts';
import { RequestsPanel } from './requests-panel.tsx';
import { SessionsTable } from './sessions-table.tsx';
import { useAct } from './use-act.ts';

export default function AccountsPage() {
  return useRight('accounts.read') ? <Accounts /> : <NoRight />;
}

function Accounts() {
  const { t } = useTranslation();
  const mayMake = useRight('accounts.write');
  const mayApprove = useRight('accounts.approve');
  const mayEnd = useRight('sessions.revoke');
  const [making, setMaking] = useState(false);
  return (
    <div className="wide-page">
      <header className="page-head">
        <Typography.Title level={2}>{t('accounts.title')}</Typography.Title>
        {mayMake && (
          <Button type="primary" onClick={() => setMaking(true)}>
            {t('accounts.make')}
          </Button>
        )}
      </header>
      <Typography.Paragraph type="secondary">{t('accounts.intro')}</Typography.Paragraph>
      <Tabs
        defaultActiveKey={mayApprove ? 'waiting' : 'list'}
        items={[
          { key: 'waiting', label: t('accounts.waiting'), children: <RequestsPanel /> },
          { key: 'list', label: t('accounts.list'), children: <AccountTable /> },
          ...(mayEnd ? [{ key: 'sessions', label: t('accounts.sessions'), children: <AllSessions /> }] : []),
        ]}
      />
      {making && <AccountForm account={null} onClose={() => setMaking(false)} />}
    </div>
  );
}

function AccountTable() {
  const { t } = useTranslation();
  const { user } = useSession();
  const mayChange = useRight('accounts.write');
  const mayReset = useRight('accounts.approve');
  const { busy, act } = useAct();
  const [changing, setChanging] = useState<Account | null>(null);
  const accounts = useInfiniteQuery({
    queryKey: keys.accounts,
    queryFn: ({ pageParam, signal }) => fetchAccounts(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
  if (accounts.isPending) return <ListSkeleton rows={5} />;
  if (accounts.isError) return <FailureResult error={accounts.error} onRetry={() => void accounts.refetch()} />;
  const items = accounts.data.pages.flatMap((page) => page.items);
  if (items.length === 0) return <Empty className="empty" description={t('accounts.noAccounts')} />;
  const columns: TableColumnsType<Account> = [
    { title: t('accounts.username'), dataIndex: 'username', width: 150 },
    { title: t('accounts.name'), dataIndex: 'displayName', width: 160 },
    { title: t('accounts.personNo'), dataIndex: 'personNo', width: 130 },
    {
      title: t('accounts.role'),
      width: 150,
      render: (_, item) => t(`role.${item.role as keyof typeof zh.role}`),
    },
    { title: t('accounts.where'), width: 150, render: (_, item) => item.clinicCode ?? item.regionCode },
    {
      title: t('accounts.state'),
      width: 110,
      render: (_, item) => {
        const state = item.disabled ? 'disabled' : item.state;
        return <Tag color={state === 'active' ? 'success' : 'default'}>{t(`accounts.${state}`)}</Tag>;
      },
    },
    {
      title: '',
      width: 260,
      render: (_, item) => (
        <Space wrap>
          {mayChange && item.state === 'active' && (
            <Button size="small" onClick={() => setChanging(item)}>
              {t('accounts.change')}
            </Button>
          )}
          {mayChange && !item.disabled && item.id !== user.id && item.state !== 'rejected' && (
            <Popconfirm
              title={t('accounts.disableAsk')}
              onConfirm={() => act(() => changeAccount(item.id, { disabled: true }), t('accounts.done'))}
            >
              <Button size="small" danger loading={busy}>
                {t('accounts.disable')}
              </Button>
            </Popconfirm>
          )}
          {mayChange && item.disabled && (
            <Button
              size="small"
              onClick={() => void act(() => changeAccount(item.id, { disabled: false }), t('accounts.asked'))}
            >
              {t('accounts.enable')}
            </Button>
          )}
          {mayReset && item.state === 'active' && item.id !== user.id && (
            <Popconfirm
              title={t('accounts.resetTotpAsk')}
              onConfirm={() => act(() => resetTotp(item.id), t('accounts.done'))}
            >
              <Button size="small">{t('accounts.resetTotp')}</Button>
            </Popconfirm>
          )}
        </Space>
      ),
    },
  ];
  return (
    <>
      <Table<Account>
        rowKey="id"
        size="small"
        pagination={false}
        columns={columns}
        dataSource={items}
        scroll={{ x: 1100 }}
      />
      {accounts.hasNextPage && (
        <Button block loading={accounts.isFetchingNextPage} onClick={() => void accounts.fetchNextPage()}>
          {t('common.more')}
        </Button>
      )}
      {changing !== null && <AccountForm account={changing} onClose={() => setChanging(null)} />}
    </>
  );
}

function AllSessions() {
  const { t } = useTranslation();
  const { act } = useAct();
  const sessions = useQuery({ queryKey: keys.sessions, queryFn: fetchSessions });
  if (sessions.isPending) return <ListSkeleton rows={4} />;
  if (sessions.isError) return <FailureResult error={sessions.error} onRetry={() => void sessions.refetch()} />;
  if (sessions.data.length === 0) return <Empty className="empty" description={t('accounts.noSessions')} />;
  return (
    <SessionsTable
      withNames
      items={sessions.data}
      onEnd={(session) => void act(() => endSession(session.id), t('accounts.done'))}
    />
  );
}
