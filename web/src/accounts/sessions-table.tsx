import { Button, Popconfirm, Table, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { formatDateTime } from '../ui/format.ts';
import type { SessionItem } from './queries.ts';

/** Where somebody is logged in; one can be ended, but not the one that looks. */
export function SessionsTable(props: {
  readonly items: readonly SessionItem[];
  readonly withNames: boolean;
  readonly onEnd: (session: SessionItem) => void;
}) {
  const { t, i18n } = useTranslation();
  const when = (at: string): string => formatDateTime(at, i18n.language);
  return (
    <Table<SessionItem>
      rowKey="id"
      size="small"
      pagination={false}
      scroll={{ x: 640 }}
      dataSource={[...props.items]}
      columns={[
        ...(props.withNames ? [{ title: t('accounts.username'), dataIndex: 'username', width: 140 }] : []),
        { title: t('accounts.since'), width: 170, render: (_, item) => when(item.createdAt) },
        { title: t('accounts.seen'), width: 170, render: (_, item) => when(item.lastSeenAt) },
        { title: t('accounts.address'), width: 130, render: (_, item) => item.address ?? '–' },
        { title: t('accounts.agent'), ellipsis: true, render: (_, item) => item.agent ?? '–' },
        {
          title: '',
          width: 90,
          render: (_, item) =>
            item.current ? (
              <Tag>{t('security.current')}</Tag>
            ) : (
              <Popconfirm title={t('accounts.endAsk')} onConfirm={() => props.onEnd(item)}>
                <Button size="small">{t('accounts.end')}</Button>
              </Popconfirm>
            ),
        },
      ]}
    />
  );
}
