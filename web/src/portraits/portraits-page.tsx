import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Empty, Input, Modal, Segmented, Select, Space, Table, Typography } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as api from '../api/generated/sdk.gen.ts';
import type { ListPortraitConflictsResponse, ResolvePortraitConflictData } from '../api/generated/types.gen.ts';
import { inLanguage } from '../i18n/index.ts';
import { useRight } from '../session/session.tsx';
import { useErrorMessage } from '../ui/error-text.ts';
import { formatDateTime } from '../ui/format.ts';
import { FailureResult, ListSkeleton, NoRight } from '../ui/states.tsx';
import { PortraitPicture } from './portrait-picture.tsx';
import './portraits.css';

type Conflict = ListPortraitConflictsResponse['items'][number];
type Resolution = ResolvePortraitConflictData['body']['resolution'];
type State = 'open' | 'closed';

const CONFLICTS = ['portrait-conflicts'] as const;
const RESOLUTIONS = ['same_person', 'twins_or_kin', 'wrong_photograph', 'cannot_tell'] as const;

export default function PortraitsPage() {
  return useRight('people.read') ? <Portraits /> : <NoRight />;
}

/** Portraits that contradict each other, for a person to settle. */
function Portraits() {
  const { t, i18n } = useTranslation();
  const [state, setState] = useState<State>('open');
  const [chosen, setChosen] = useState<Conflict | null>(null);
  const conflicts = useInfiniteQuery({
    queryKey: [...CONFLICTS, state],
    queryFn: async ({ pageParam, signal }) =>
      (
        await api.listPortraitConflicts({
          query: { limit: 50, state, ...(pageParam !== null && { cursor: pageParam }) },
          signal,
          throwOnError: true,
        })
      ).data,
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
  const items = (conflicts.data?.pages ?? []).flatMap((page) => page.items);
  const name = (side: Conflict['portrait']): string =>
    side.inYourRegion ? (side.name ?? side.subjectRef ?? '–') : t('portraits.elsewhere');
  return (
    <div className="wide-page">
      <header className="page-head">
        <Typography.Title level={2}>{t('portraits.title')}</Typography.Title>
        <Segmented<State>
          value={state}
          onChange={setState}
          options={(['open', 'closed'] as const).map((value) => ({ value, label: t(`portraits.${value}`) }))}
        />
      </header>
      {conflicts.isPending && <ListSkeleton rows={4} />}
      {conflicts.isError && conflicts.data === undefined && (
        <FailureResult error={conflicts.error} onRetry={() => void conflicts.refetch()} />
      )}
      {conflicts.isSuccess && items.length === 0 && <Empty description={t('portraits.none')} />}
      {items.length > 0 && (
        <Table<Conflict>
          rowKey="id"
          size="small"
          pagination={false}
          dataSource={items}
          columns={[
            { title: t('portraits.kind'), render: (_, conflict) => inLanguage(conflict, i18n.language) },
            { title: t('portraits.one'), render: (_, conflict) => name(conflict.portrait) },
            { title: t('portraits.other'), render: (_, conflict) => name(conflict.other) },
            {
              title: t('portraits.found'),
              width: 180,
              render: (_, conflict) => formatDateTime(conflict.createdAt, i18n.language),
            },
            {
              title: t('portraits.act'),
              width: 120,
              render: (_, conflict) => <Button onClick={() => setChosen(conflict)}>{t('portraits.look')}</Button>,
            },
          ]}
        />
      )}
      {conflicts.hasNextPage && (
        <Button block onClick={() => void conflicts.fetchNextPage()}>
          {t('common.more')}
        </Button>
      )}
      {chosen !== null && <Settle conflict={chosen} name={name} onClose={() => setChosen(null)} />}
    </div>
  );
}

function Settle({
  conflict,
  name,
  onClose,
}: {
  readonly conflict: Conflict;
  readonly name: (side: Conflict['portrait']) => string;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const maySettle = useRight('portraits.resolve');
  const maySee = useRight('faces.read');
  const client = useQueryClient();
  const report = useErrorMessage();
  const [purpose, setPurpose] = useState('');
  const [looking, setLooking] = useState<string | null>(null);
  const [resolution, setResolution] = useState<Resolution>('cannot_tell');
  const [wrong, setWrong] = useState<string>();
  const [reason, setReason] = useState('');
  const settle = useMutation({
    mutationFn: async () =>
      conflict.state === 'closed'
        ? await api.undoPortraitConflict({ path: { id: conflict.id }, body: { reason }, throwOnError: true })
        : await api.resolvePortraitConflict({
            path: { id: conflict.id },
            body: {
              resolution,
              reason,
              ...(resolution === 'wrong_photograph' && wrong !== undefined && { wrongPortraitId: wrong }),
            },
            throwOnError: true,
          }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: CONFLICTS });
      onClose();
    },
    onError: (error) => report(error),
  });
  const sides = [conflict.portrait, conflict.other];
  const incomplete =
    reason.trim() === '' ||
    (conflict.state === 'open' && resolution === 'wrong_photograph' && wrong === undefined) ||
    (conflict.state === 'closed' && conflict.resolution === 'replaced');
  return (
    <Modal
      open
      width={760}
      title={t('portraits.look')}
      okText={t(conflict.state === 'open' ? 'portraits.settle' : 'portraits.undo')}
      cancelText={t('common.cancel')}
      okButtonProps={{ disabled: !maySettle || incomplete, loading: settle.isPending }}
      onOk={() => settle.mutate()}
      onCancel={onClose}
    >
      {maySee && (
        <Space.Compact block>
          <Input
            aria-label={t('portraits.purpose')}
            placeholder={t('portraits.purpose')}
            value={purpose}
            maxLength={200}
            onChange={(event) => setPurpose(event.target.value)}
          />
          <Button disabled={purpose.trim() === ''} onClick={() => setLooking(purpose.trim())}>
            {t('portraits.show')}
          </Button>
        </Space.Compact>
      )}
      <div className="portrait-sides">
        {sides.map((side, place) => (
          <figure key={side.portraitId ?? place}>
            <figcaption>{name(side)}</figcaption>
            {looking !== null && side.portraitId !== null && side.inYourRegion && (
              <PortraitPicture id={side.portraitId} purpose={looking} />
            )}
          </figure>
        ))}
      </div>
      {conflict.reason !== null && <Typography.Paragraph className="wrap">{conflict.reason}</Typography.Paragraph>}
      <Space orientation="vertical" style={{ width: '100%' }}>
        {conflict.state === 'open' && (
          <Select<Resolution>
            aria-label={t('portraits.outcome')}
            style={{ width: '100%' }}
            value={resolution}
            onChange={setResolution}
            options={RESOLUTIONS.map((value) => ({ value, label: t(`portraits.resolution.${value}`) }))}
          />
        )}
        {conflict.state === 'open' && resolution === 'wrong_photograph' && (
          <Select
            aria-label={t('portraits.whichWrong')}
            placeholder={t('portraits.whichWrong')}
            style={{ width: '100%' }}
            onChange={(id: string) => setWrong(id)}
            options={sides.flatMap((side) =>
              side.portraitId === null ? [] : [{ value: side.portraitId, label: name(side) }],
            )}
          />
        )}
        <Input.TextArea
          aria-label={t('portraits.reason')}
          placeholder={t('portraits.reason')}
          rows={2}
          maxLength={1000}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </Space>
    </Modal>
  );
}
