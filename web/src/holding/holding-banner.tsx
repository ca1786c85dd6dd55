import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as api from '../api/generated/sdk.gen.ts';
import { useRight } from '../session/session.tsx';
import { useErrorMessage } from '../ui/error-text.ts';
import { formatDateTime } from '../ui/format.ts';

const HOLDING = ['holding'] as const;
const AGAIN_MS = 30_000;

/** Says that the machine holds nothing at present, why, and lets an officer let it go on. */
export function HoldingBanner() {
  return useRight('decisions.read') ? <Breakers /> : null;
}

function Breakers() {
  const { t, i18n } = useTranslation();
  const mayResume = useRight('decisions.act');
  const client = useQueryClient();
  const report = useErrorMessage();
  const [scope, setScope] = useState<string | null>(null);
  const [note, setNote] = useState('');
  const holding = useQuery({
    queryKey: HOLDING,
    queryFn: async () => (await api.getHolding({ throwOnError: true })).data,
    refetchInterval: AGAIN_MS,
  });
  const resume = useMutation({
    mutationFn: async (given: { scope: string; note: string }) =>
      (await api.resumeHolding({ path: { scope: given.scope }, body: { note: given.note }, throwOnError: true })).data,
    onSuccess: (now) => {
      client.setQueryData(HOLDING, now);
      setScope(null);
      setNote('');
    },
    onError: (error) => report(error),
  });
  const open = (holding.data?.breakers ?? []).filter((breaker) => breaker.state === 'open');
  return (
    <>
      {open.map((breaker) => (
        <Alert
          key={breaker.scope}
          type="warning"
          showIcon
          title={t('rules.breaker', { scope: breaker.scope, at: formatDateTime(breaker.openedAt, i18n.language) })}
          description={t('rules.breakerWhy', {
            wanted: breaker.wanted,
            decided: breaker.decided,
            withheld: breaker.withheld,
          })}
          action={mayResume && <Button onClick={() => setScope(breaker.scope)}>{t('rules.resume')}</Button>}
        />
      ))}
      <Modal
        open={scope !== null}
        title={t('rules.resume')}
        okText={t('rules.resume')}
        cancelText={t('common.cancel')}
        okButtonProps={{ disabled: note.trim() === '', loading: resume.isPending }}
        onOk={() => scope !== null && resume.mutate({ scope, note: note.trim() })}
        onCancel={() => setScope(null)}
      >
        <Input.TextArea
          aria-label={t('rules.note')}
          placeholder={t('rules.note')}
          rows={3}
          maxLength={1000}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
      </Modal>
    </>
  );
}
