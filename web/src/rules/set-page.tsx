import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Input, Progress, Space, Table, Tag, Tooltip, Typography } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { ApiError } from '../api/errors.ts';
import { fetchRules, keys } from '../api/queries.ts';
import { useRight, useSession } from '../session/session.tsx';
import { useErrorMessage } from '../ui/error-text.ts';
import { formatDateTime } from '../ui/format.ts';
import { FailureResult, ListSkeleton, NoRight } from '../ui/states.tsx';
import { ChangeForm } from './change-form.tsx';
import { valueText } from './changes.ts';
import { type Decision, decideRuleSet, fetchRuleSet, type RuleSet, reviseRuleSet, ruleKeys } from './queries.ts';
import { Trials } from './trials.tsx';
import './rules.css';

export default function RuleSetPage() {
  return useRight('rules.read') ? <OneSet /> : <NoRight />;
}

function OneSet() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const set = useQuery({
    queryKey: ruleKeys.set(id),
    queryFn: ({ signal }) => fetchRuleSet(id, signal),
    refetchInterval: (query) => (query.state.data?.rollout?.state === 'running' ? 3_000 : false),
  });
  return (
    <div className="wide-page">
      <Link to="/rules">{t('rules.back')}</Link>
      {set.isPending && <ListSkeleton rows={4} />}
      {set.isError && set.data === undefined && <FailureResult error={set.error} onRetry={() => void set.refetch()} />}
      {set.data !== undefined && <Shown set={set.data} />}
    </div>
  );
}

function Shown({ set }: { readonly set: RuleSet }) {
  const { t, i18n } = useTranslation();
  return (
    <>
      <header className="page-head">
        <Typography.Title level={2}>
          {set.name} <Tag>{t(`rules.state.${set.state}`)}</Tag>
        </Typography.Title>
      </header>
      <Typography.Paragraph className="wrap">{set.reason}</Typography.Paragraph>
      {set.liveFrom !== null && (
        <Typography.Paragraph>
          {t('rules.liveFrom', { at: formatDateTime(set.liveFrom, i18n.language) })}
        </Typography.Paragraph>
      )}
      {set.rollout !== null && (
        <Progress
          aria-label={t('rules.progress')}
          percent={set.rollout.total === 0 ? 100 : Math.floor((set.rollout.seen / set.rollout.total) * 100)}
        />
      )}
      <Steps set={set} />
      <section className="rule-section">
        <Typography.Title level={4}>{t('rules.differences')}</Typography.Title>
        <Table
          rowKey="path"
          size="small"
          pagination={false}
          dataSource={set.differences}
          locale={{ emptyText: t('rules.noDifference') }}
          columns={[
            { title: t('rules.parameter'), dataIndex: 'path', className: 'mono' },
            { title: t('rules.inForce'), render: (_, difference) => valueText(difference.before) },
            { title: t('rules.proposed'), render: (_, difference) => valueText(difference.after) },
          ]}
        />
      </section>
      <Trials set={set} />
      <section className="rule-section">
        <Typography.Title level={4}>{t('rules.history')}</Typography.Title>
        <Table
          rowKey={(entry) => `${entry.at} ${entry.action}`}
          size="small"
          pagination={false}
          dataSource={set.history}
          columns={[
            { title: t('rules.at'), width: 180, render: (_, entry) => formatDateTime(entry.at, i18n.language) },
            { title: t('rules.who'), width: 220, dataIndex: 'actor' },
            { title: t('rules.what'), width: 160, dataIndex: 'action' },
            { title: t('rules.note'), render: (_, entry) => <span className="wrap">{entry.note ?? '–'}</span> },
          ]}
        />
      </section>
    </>
  );
}

/** What this reader may do with the set now; what he may not says why. */
function Steps({ set }: { readonly set: RuleSet }) {
  const { t } = useTranslation();
  const { user } = useSession();
  const mayWrite = useRight('rules.write');
  const mayApprove = useRight('rules.approve');
  const client = useQueryClient();
  const report = useErrorMessage();
  const [note, setNote] = useState('');
  const [editing, setEditing] = useState(false);
  const rules = useQuery({ queryKey: keys.rules, queryFn: fetchRules, enabled: editing });
  const settled = {
    onSuccess: (now: RuleSet) => {
      client.setQueryData(ruleKeys.set(set.id), now);
      setNote('');
      setEditing(false);
      void client.invalidateQueries({ queryKey: ruleKeys.sets });
      void client.invalidateQueries({ queryKey: keys.rules });
    },
    onError: (error: unknown) => {
      if (error instanceof ApiError && error.code === 'conflict')
        void client.invalidateQueries({ queryKey: ruleKeys.set(set.id) });
      report(error, error instanceof ApiError && error.code === 'conflict' ? t('rules.conflict') : undefined);
    },
  };
  const decide = useMutation({
    mutationFn: (decision: Decision) => decideRuleSet(set.id, decision, set.revision, note),
    ...settled,
  });
  const revise = useMutation({
    mutationFn: (changes: Parameters<typeof reviseRuleSet>[1]['changes']) =>
      reviseRuleSet(set.id, { revision: set.revision, ...(changes !== undefined && { changes }) }),
    ...settled,
  });
  const mine = set.authors.some((author) => author === `user:${user.username}`);
  const open = set.state === 'draft' || set.state === 'proposed';
  if (!open || !(mayWrite || mayApprove)) return null;
  const button = (decision: Decision, primary = false) => (
    <Button
      type={primary ? 'primary' : 'default'}
      loading={decide.isPending && decide.variables === decision}
      onClick={() => decide.mutate(decision)}
    >
      {t(`rules.decide.${decision}`)}
    </Button>
  );
  return (
    <section aria-label={t('rules.steps')}>
      <Input
        aria-label={t('rules.note')}
        placeholder={t('rules.note')}
        maxLength={1000}
        value={note}
        onChange={(event) => setNote(event.target.value)}
      />
      <Space wrap style={{ marginTop: 8 }}>
        {mayWrite && set.state === 'draft' && <Button onClick={() => setEditing(true)}>{t('rules.revise')}</Button>}
        {mayWrite && set.state === 'draft' && button('propose', true)}
        {mayApprove &&
          set.state === 'proposed' &&
          (mine ? (
            <Tooltip title={t('rules.notYours')}>
              <Button type="primary" disabled>
                {t('rules.decide.approve')}
              </Button>
            </Tooltip>
          ) : (
            button('approve', true)
          ))}
        {mayApprove && set.state === 'proposed' && button('reject')}
        {mayWrite && button('withdraw')}
      </Space>
      {mine && mayApprove && set.state === 'proposed' && <Alert type="info" showIcon title={t('rules.notYours')} />}
      {editing && rules.data !== undefined && (
        <ChangeForm
          rules={rules.data}
          naming={false}
          busy={revise.isPending}
          onCancel={() => setEditing(false)}
          onDone={({ changes }) => revise.mutate(changes)}
        />
      )}
    </section>
  );
}
