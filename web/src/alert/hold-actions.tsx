import { CheckCircleOutlined, IdcardOutlined, StopOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/errors.ts';
import { confirmHold, fetchDecision, keys, type Release, releaseHold } from '../api/queries.ts';
import type { Decision } from '../api/types.ts';
import { useSession } from '../session/session.tsx';
import { useErrorMessage } from '../ui/error-text.ts';
import { confirmationsOf } from './confirmations.ts';
import { ConfirmDialog, ReleaseDialog } from './hold-dialogs.tsx';

interface HoldActionsProps {
  readonly decision: Decision;
  readonly alertId: string;
}

/** Releasing takes one person, confirming takes two: the machine's doubt never weighs more than a card in the hand. */
export function HoldActions({ decision, alertId }: HoldActionsProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { user } = useSession();
  const queryClient = useQueryClient();
  const report = useErrorMessage();
  const [open, setOpen] = useState<'release' | 'confirm' | null>(null);
  const detail = useQuery({
    queryKey: keys.decision(decision.id),
    queryFn: ({ signal }) => fetchDecision(decision.id, signal),
  });
  const confirmed = confirmationsOf(detail.data?.history ?? []);
  const mine = confirmed.includes(`user:${user.username}`);

  const attempt = async (act: () => Promise<unknown>, done: string): Promise<boolean> => {
    try {
      await act();
      void message.success(done);
      return true;
    } catch (error) {
      const stale = error instanceof ApiError && error.status === 409;
      report(error, stale ? t('hold.changed') : undefined);
      return stale;
    } finally {
      void queryClient.invalidateQueries({ queryKey: keys.decision(decision.id) });
      void queryClient.invalidateQueries({ queryKey: keys.alert(alertId) });
      void queryClient.invalidateQueries({ queryKey: ['holds'] });
    }
  };
  const release = (order: Release) => attempt(() => releaseHold(decision.id, order), t('hold.released'));
  const confirm = (note: string) => attempt(() => confirmHold(decision.id, note), t('hold.confirmed'));
  const close = (): void => setOpen(null);

  return (
    <Space className="hold-actions" size={8}>
      {confirmed.length > 0 && (
        <span className="hint">
          {t(mine ? 'hold.confirmedByMe' : 'hold.confirmedBy', {
            name: confirmed[0]?.replace(/^(user|key):/, '') ?? '',
          })}
        </span>
      )}
      <Button type="primary" icon={<CheckCircleOutlined />} onClick={() => setOpen('release')}>
        {t('hold.release')}
      </Button>
      <Button danger icon={<StopOutlined />} disabled={mine} onClick={() => setOpen('confirm')}>
        {t('hold.confirm')}
      </Button>
      {open === 'release' && <ReleaseDialog icon={<IdcardOutlined />} onRelease={release} onClose={close} />}
      {open === 'confirm' && <ConfirmDialog onConfirm={confirm} onClose={close} />}
    </Space>
  );
}
