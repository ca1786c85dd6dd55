import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Card, Form, Input, Typography } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { SessionsTable } from '../accounts/sessions-table.tsx';
import * as api from '../api/generated/sdk.gen.ts';
import { useErrorMessage } from '../ui/error-text.ts';
import { FailureResult, ListSkeleton } from '../ui/states.tsx';
import { SecondFactorCard } from './second-factor-card.tsx';
import './security.css';
import { useSession, useSessionControl } from './session.tsx';

/** My account: password, second factor, where I am logged in. */
export default function SecurityPage() {
  const { t } = useTranslation();
  const { retry } = useSessionControl();
  const { mustEnrol } = useSession();
  return (
    <div className="wide-page security">
      <Typography.Title level={2}>{t('security.title')}</Typography.Title>
      {mustEnrol && <Alert type="warning" showIcon title={t('security.totpMust')} />}
      <SecondFactorCard {...(mustEnrol ? { onEnrolled: retry } : {})} />
      {!mustEnrol && <PasswordCard />}
      {!mustEnrol && <SessionsCard />}
    </div>
  );
}

interface Passwords {
  readonly oldPassword: string;
  readonly newPassword: string;
}

function PasswordCard() {
  const { t } = useTranslation();
  const { retry } = useSessionControl();
  const report = useErrorMessage();
  const [busy, setBusy] = useState(false);
  const rules = [{ required: true, message: t('accounts.required') }];
  const submit = async ({ oldPassword, newPassword }: Passwords): Promise<void> => {
    setBusy(true);
    try {
      await api.changePassword({ body: { oldPassword, newPassword }, throwOnError: true });
      retry();
    } catch (error) {
      report(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card size="small" title={t('security.password')}>
      <Typography.Paragraph type="secondary">{t('security.passwordNote')}</Typography.Paragraph>
      <Form<Passwords> layout="vertical" className="security-form" onFinish={(values) => void submit(values)}>
        <Form.Item name="oldPassword" label={t('security.oldPassword')} rules={rules}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <Form.Item
          name="newPassword"
          label={t('security.newPassword')}
          extra={t('accounts.passwordHint')}
          rules={rules}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Form.Item
          name="repeat"
          label={t('security.repeat')}
          dependencies={['newPassword']}
          rules={[
            ...rules,
            ({ getFieldValue }) => ({
              validator: (_, value) =>
                value === undefined || value === getFieldValue('newPassword')
                  ? Promise.resolve()
                  : Promise.reject(new Error(t('security.unequal'))),
            }),
          ]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={busy}>
          {t('security.save')}
        </Button>
      </Form>
    </Card>
  );
}

function SessionsCard() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const report = useErrorMessage();
  const queryClient = useQueryClient();
  const sessions = useQuery({
    queryKey: ['my-sessions'],
    queryFn: async () => (await api.listMySessions({ throwOnError: true })).data.items,
  });
  const act = async (work: () => Promise<number>): Promise<void> => {
    try {
      void message.success(t('security.ended', { n: await work() }));
    } catch (error) {
      report(error);
    }
    void queryClient.invalidateQueries({ queryKey: ['my-sessions'] });
  };
  const endOne = async (id: string): Promise<number> => {
    await api.endMySession({ path: { id }, throwOnError: true });
    return 1;
  };
  const endOthers = async (): Promise<number> => (await api.endMyOtherSessions({ throwOnError: true })).data.ended;
  return (
    <Card
      size="small"
      title={t('security.sessions')}
      extra={
        (sessions.data?.length ?? 0) > 1 && (
          <Button size="small" onClick={() => void act(endOthers)}>
            {t('security.endOthers')}
          </Button>
        )
      }
    >
      {sessions.isPending && <ListSkeleton rows={1} />}
      {sessions.isError && <FailureResult error={sessions.error} onRetry={() => void sessions.refetch()} />}
      {sessions.data !== undefined && (
        <SessionsTable
          withNames={false}
          items={sessions.data}
          onEnd={(session) => void act(() => endOne(session.id))}
        />
      )}
    </Card>
  );
}
