import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Card, Input, QRCode, Space, Typography } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as api from '../api/generated/sdk.gen.ts';
import { useErrorMessage } from '../ui/error-text.ts';
import { FailureResult, ListSkeleton } from '../ui/states.tsx';

const KEY = ['second-factor'];

/** Enrols, renews and turns off the reader's second factor. */
export function SecondFactorCard({ onEnrolled }: { readonly onEnrolled?: () => void }) {
  const { t } = useTranslation();
  const report = useErrorMessage();
  const queryClient = useQueryClient();
  const [begun, setBegun] = useState<{ readonly secret: string; readonly uri: string } | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const state = useQuery({
    queryKey: KEY,
    queryFn: async () => (await api.getSecondFactor({ throwOnError: true })).data,
  });

  const act = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    try {
      await work();
      setTyped('');
      void queryClient.invalidateQueries({ queryKey: KEY });
    } catch (error) {
      report(error);
    } finally {
      setBusy(false);
    }
  };
  const begin = async (): Promise<void> => {
    setBegun((await api.beginSecondFactor({ body: { password: typed }, throwOnError: true })).data);
  };
  const body = { code: typed.trim() };
  const confirm = async (): Promise<void> => {
    setCodes((await api.confirmSecondFactor({ body, throwOnError: true })).data.recoveryCodes);
    setBegun(null);
  };
  const renew = async (): Promise<void> => {
    setCodes((await api.renewRecoveryCodes({ body, throwOnError: true })).data.recoveryCodes);
  };
  const turnOff = async (): Promise<void> => {
    await api.removeSecondFactor({ body, throwOnError: true });
  };

  const content = () => {
    if (state.isPending) return <ListSkeleton rows={1} />;
    if (state.isError) return <FailureResult error={state.error} onRetry={() => void state.refetch()} />;
    if (codes !== null) {
      return (
        <Space orientation="vertical">
          <Alert type="warning" showIcon title={t('security.recovery')} />
          <Typography.Paragraph copyable={{ text: codes.join('\n') }} className="mono recovery-codes">
            {codes.join('  ')}
          </Typography.Paragraph>
          <Button
            type="primary"
            onClick={() => {
              setCodes(null);
              onEnrolled?.();
            }}
          >
            {t('security.saved')}
          </Button>
        </Space>
      );
    }
    if (begun !== null) {
      return (
        <Space orientation="vertical">
          <Typography.Text>{t('security.scan')}</Typography.Text>
          <div className="qr-paper">
            <QRCode value={begun.uri} size={184} color="#000" bgColor="#fff" />
          </div>
          <Typography.Text copyable className="mono">
            {begun.secret}
          </Typography.Text>
          <Space.Compact>
            <Input
              aria-label={t('security.code')}
              placeholder={t('security.code')}
              inputMode="numeric"
              autoComplete="one-time-code"
              maxLength={6}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
            <Button type="primary" loading={busy} disabled={typed.length !== 6} onClick={() => void act(confirm)}>
              {t('security.confirm')}
            </Button>
          </Space.Compact>
        </Space>
      );
    }
    if (!state.data.on) {
      return (
        <Space orientation="vertical">
          <Typography.Text>{t('security.totpOff')}</Typography.Text>
          <Space.Compact>
            <Input.Password
              aria-label={t('security.yourPassword')}
              placeholder={t('security.yourPassword')}
              autoComplete="current-password"
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
            <Button type="primary" loading={busy} disabled={typed === ''} onClick={() => void act(begin)}>
              {t('security.begin')}
            </Button>
          </Space.Compact>
        </Space>
      );
    }
    return (
      <Space orientation="vertical">
        <Typography.Text>{t('security.totpOn')}</Typography.Text>
        <Typography.Text type="secondary">
          {t('security.codesLeft', { n: state.data.recoveryCodesLeft })}
        </Typography.Text>
        <Space wrap>
          <Input
            aria-label={t('security.loginCode')}
            placeholder={t('security.loginCode')}
            autoComplete="one-time-code"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
          <Button loading={busy} disabled={typed.length < 6} onClick={() => void act(renew)}>
            {t('security.renew')}
          </Button>
          {!state.data.required && (
            <Button danger loading={busy} disabled={typed.length < 6} onClick={() => void act(turnOff)}>
              {t('security.off')}
            </Button>
          )}
        </Space>
      </Space>
    );
  };
  return (
    <Card size="small" title={t('security.totp')}>
      {content()}
    </Card>
  );
}
