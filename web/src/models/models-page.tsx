import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Empty, Input, Progress, Space, Table, Tag, Tooltip, Typography } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as api from '../api/generated/sdk.gen.ts';
import type { ListFaceCalibrationsResponse, ListReEnrolmentsResponse } from '../api/generated/types.gen.ts';
import { inLanguage } from '../i18n/index.ts';
import { useRight, useSession } from '../session/session.tsx';
import { useErrorMessage } from '../ui/error-text.ts';
import { formatDateTime, formatDay } from '../ui/format.ts';
import { FailureResult, ListSkeleton, NoRight } from '../ui/states.tsx';

type Calibration = ListFaceCalibrationsResponse['items'][number];
type ReEnrolment = ListReEnrolmentsResponse['items'][number];

const CALIBRATIONS = ['face-calibrations'] as const;
const RE_ENROLMENTS = ['re-enrolments'] as const;
const AGAIN_MS = 5_000;

export default function ModelsPage() {
  return useRight('models.read') ? <Models /> : <NoRight />;
}

function Models() {
  const { t } = useTranslation();
  return (
    <div className="wide-page">
      <Typography.Title level={2}>{t('models.title')}</Typography.Title>
      <Calibrations />
      <ReEnrolments />
    </div>
  );
}

/** Calibrations of the site's own looks: asked for by one person, approved by another. */
function Calibrations() {
  const { t, i18n } = useTranslation();
  const { user } = useSession();
  const mayWrite = useRight('models.write');
  const mayApprove = useRight('models.approve');
  const client = useQueryClient();
  const report = useErrorMessage();
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const list = useQuery({
    queryKey: CALIBRATIONS,
    queryFn: async () => (await api.listFaceCalibrations({ throwOnError: true })).data.items,
  });
  const after = {
    onSuccess: () => void client.invalidateQueries({ queryKey: CALIBRATIONS }),
    onError: (error: unknown) => report(error),
  };
  const ask = useMutation({
    mutationFn: async () =>
      await api.askForFaceCalibration({
        body: { from: `${from}T00:00:00+08:00`, to: `${to}T23:59:59+08:00` },
        throwOnError: true,
      }),
    ...after,
  });
  const decide = useMutation({
    mutationFn: async ({ id, yes }: { readonly id: string; readonly yes: boolean }) =>
      yes
        ? await api.approveFaceCalibration({ path: { id }, body: {}, throwOnError: true })
        : await api.rejectFaceCalibration({ path: { id }, body: {}, throwOnError: true }),
    ...after,
  });
  const mine = (one: Calibration): boolean => one.proposedBy === `user:${user.username}`;
  return (
    <section>
      <Typography.Title level={4}>{t('models.calibrations')}</Typography.Title>
      {mayWrite && (
        <Space wrap>
          <Input
            type="date"
            aria-label={t('models.from')}
            value={from}
            onChange={(event) => setFrom(event.target.value)}
          />
          <Input type="date" aria-label={t('models.to')} value={to} onChange={(event) => setTo(event.target.value)} />
          <Button disabled={from === '' || to === '' || from > to} loading={ask.isPending} onClick={() => ask.mutate()}>
            {t('models.ask')}
          </Button>
        </Space>
      )}
      {list.isPending && <ListSkeleton rows={2} />}
      {list.isError && <FailureResult error={list.error} onRetry={() => void list.refetch()} />}
      {list.data?.length === 0 && <Empty description={t('models.noCalibration')} />}
      {list.data !== undefined && list.data.length > 0 && (
        <Table<Calibration>
          rowKey="id"
          size="small"
          pagination={false}
          dataSource={list.data}
          columns={[
            {
              title: t('models.span'),
              render: (_, one) => `${formatDay(one.from, i18n.language)} – ${formatDay(one.to, i18n.language)}`,
            },
            { title: t('models.stateTitle'), render: (_, one) => <Tag>{t(`models.state.${one.state}`)}</Tag> },
            { title: t('models.by'), dataIndex: 'proposedBy' },
            {
              title: t('models.refusal'),
              render: (_, one) => (one.refusal === null ? '–' : inLanguage(one.refusal, i18n.language)),
            },
            {
              title: t('models.act'),
              render: (_, one) =>
                mayApprove &&
                one.state === 'proposed' && (
                  <Space>
                    <Tooltip title={mine(one) ? t('models.notYours') : undefined}>
                      <Button
                        type="primary"
                        disabled={mine(one)}
                        onClick={() => decide.mutate({ id: one.id, yes: true })}
                      >
                        {t('models.approve')}
                      </Button>
                    </Tooltip>
                    <Button onClick={() => decide.mutate({ id: one.id, yes: false })}>{t('models.reject')}</Button>
                  </Space>
                ),
            },
          ]}
          expandable={{
            rowExpandable: (one) => one.numbers !== null,
            expandedRowRender: (one) => <pre className="wrap">{JSON.stringify(one.numbers, null, 2)}</pre>,
          }}
        />
      )}
    </section>
  );
}

/** Portraits described again by the newest model. */
function ReEnrolments() {
  const { t, i18n } = useTranslation();
  const mayWrite = useRight('models.write');
  const client = useQueryClient();
  const report = useErrorMessage();
  const list = useQuery({
    queryKey: RE_ENROLMENTS,
    queryFn: async () => (await api.listReEnrolments({ throwOnError: true })).data.items,
    refetchInterval: (query) => (query.state.data?.some((one) => one.state === 'running') ? AGAIN_MS : false),
  });
  const after = {
    onSuccess: () => void client.invalidateQueries({ queryKey: RE_ENROLMENTS }),
    onError: (error: unknown) => report(error),
  };
  const start = useMutation({
    mutationFn: async () => await api.startReEnrolment({ body: {}, throwOnError: true }),
    ...after,
  });
  const retire = useMutation({
    mutationFn: async (id: string) => await api.retireFaceModel({ path: { id }, throwOnError: true }),
    ...after,
  });
  return (
    <section style={{ marginTop: 24 }}>
      <Typography.Title level={4}>{t('models.reEnrolments')}</Typography.Title>
      {mayWrite && (
        <Button loading={start.isPending} onClick={() => start.mutate()}>
          {t('models.start')}
        </Button>
      )}
      {list.isPending && <ListSkeleton rows={2} />}
      {list.isError && <FailureResult error={list.error} onRetry={() => void list.refetch()} />}
      {list.data?.length === 0 && <Empty description={t('models.noReEnrolment')} />}
      {list.data !== undefined && list.data.length > 0 && (
        <Table<ReEnrolment>
          rowKey="id"
          size="small"
          pagination={false}
          dataSource={list.data}
          columns={[
            { title: t('models.version'), dataIndex: 'toVersion', className: 'mono' },
            { title: t('models.stateTitle'), render: (_, one) => <Tag>{t(`models.run.${one.state}`)}</Tag> },
            { title: t('models.started'), render: (_, one) => formatDateTime(one.startedAt, i18n.language) },
            {
              title: t('models.progress'),
              width: 220,
              render: (_, one) => (
                <Progress
                  aria-label={t('models.progress')}
                  percent={one.portraits === 0 ? 100 : Math.floor(((one.done + one.failed) / one.portraits) * 100)}
                />
              ),
            },
            { title: t('models.failed'), dataIndex: 'failed', align: 'right' },
            {
              title: t('models.act'),
              render: (_, one) =>
                mayWrite &&
                one.state === 'done' && <Button onClick={() => retire.mutate(one.id)}>{t('models.retire')}</Button>,
            },
          ]}
          expandable={{
            rowExpandable: (one) => one.failed > 0,
            expandedRowRender: (one) => <Failures id={one.id} />,
          }}
        />
      )}
    </section>
  );
}

function Failures({ id }: { readonly id: string }) {
  const { i18n } = useTranslation();
  const failures = useQuery({
    queryKey: [...RE_ENROLMENTS, id, 'failures'],
    queryFn: async () =>
      (await api.listReEnrolmentFailures({ path: { id }, query: { limit: 50 }, throwOnError: true })).data.items,
  });
  if (failures.isPending) return <ListSkeleton rows={2} />;
  if (failures.isError) return <FailureResult error={failures.error} onRetry={() => void failures.refetch()} />;
  return (
    <ul>
      {failures.data.map((failure) => (
        <li key={failure.portraitId}>
          {failure.subjectRef}: {failure.reasons.map((reason) => inLanguage(reason, i18n.language)).join('; ')}
        </li>
      ))}
    </ul>
  );
}
