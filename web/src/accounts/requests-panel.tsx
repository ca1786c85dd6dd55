import { useQuery } from '@tanstack/react-query';
import { Button, Card, Descriptions, Empty, Input, Modal, Space, Tag, Typography } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { zh } from '../i18n/zh.ts';
import { useRight } from '../session/session.tsx';
import { formatDateTime } from '../ui/format.ts';
import { FailureResult, ListSkeleton } from '../ui/states.tsx';
import { type AccountRequest, decide, fetchRequests, keys } from './queries.ts';
import { useAct } from './use-act.ts';

/** What administrators asked for, for a security officer to decide. */
export function RequestsPanel() {
  const { t } = useTranslation();
  const requests = useQuery({ queryKey: keys.requests, queryFn: fetchRequests });
  const [rejecting, setRejecting] = useState<AccountRequest | null>(null);
  if (requests.isPending) return <ListSkeleton rows={3} />;
  if (requests.isError) return <FailureResult error={requests.error} onRetry={() => void requests.refetch()} />;
  if (requests.data.length === 0) {
    return <Empty className="empty" image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('accounts.noneWaiting')} />;
  }
  return (
    <Space orientation="vertical" size="middle" style={{ width: '100%' }}>
      {requests.data.map((request) => (
        <RequestCard key={request.id} request={request} onReject={() => setRejecting(request)} />
      ))}
      {rejecting !== null && <RejectDialog request={rejecting} onClose={() => setRejecting(null)} />}
    </Space>
  );
}

function RequestCard({ request, onReject }: { readonly request: AccountRequest; readonly onReject: () => void }) {
  const { t, i18n } = useTranslation();
  const { busy, act } = useAct();
  const mayApprove = useRight('accounts.approve');
  return (
    <Card size="small" title={`${t(`accounts.kind_${request.kind}`)}: ${request.displayName} ${request.username}`}>
      <Descriptions
        size="small"
        column={{ xs: 1, md: 3 }}
        items={[
          { label: t('accounts.personNo'), children: request.personNo },
          { label: t('accounts.role'), children: t(`role.${request.role as keyof typeof zh.role}`) },
          { label: t('accounts.where'), children: request.clinicCode ?? request.regionCode },
          { label: t('accounts.askedBy'), children: request.askedBy },
          { label: t('accounts.askedAt'), children: formatDateTime(request.askedAt, i18n.language) },
        ]}
      />
      <Space wrap style={{ marginTop: 12 }}>
        {request.newPassword && <Tag color="warning">{t('accounts.newPasswordAsked')}</Tag>}
        {request.enable && <Tag color="warning">{t('accounts.enableAsked')}</Tag>}
        {mayApprove && !request.mine && (
          <>
            <Button
              type="primary"
              loading={busy}
              onClick={() => void act(() => decide(request.id, true), t('accounts.done'))}
            >
              {t('accounts.approve')}
            </Button>
            <Button onClick={onReject}>{t('accounts.reject')}</Button>
          </>
        )}
        {mayApprove && request.mine && <Typography.Text type="secondary">{t('accounts.mine')}</Typography.Text>}
      </Space>
    </Card>
  );
}

function RejectDialog({ request, onClose }: { readonly request: AccountRequest; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const { busy, act } = useAct();
  const [reason, setReason] = useState('');
  const submit = async (): Promise<void> => {
    if (await act(() => decide(request.id, false, reason.trim()), t('accounts.done'))) onClose();
  };
  return (
    <Modal
      open
      title={`${t('accounts.reject')}: ${request.username}`}
      onCancel={onClose}
      onOk={() => void submit()}
      okButtonProps={{ disabled: reason.trim() === '', loading: busy, danger: true }}
      okText={t('accounts.reject')}
    >
      <Input.TextArea
        aria-label={t('accounts.rejectReason')}
        placeholder={t('accounts.rejectReason')}
        value={reason}
        maxLength={500}
        rows={3}
        onChange={(event) => setReason(event.target.value)}
      />
    </Modal>
  );
}
