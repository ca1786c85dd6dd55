import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Input, Space, Typography } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useRight } from '../session/session.tsx';
import { useErrorMessage } from '../ui/error-text.ts';
import {
  endShadow,
  fetchBacktestOf,
  type RuleSet,
  ruleKeys,
  startBacktest,
  startShadow,
  stopBacktest,
} from './queries.ts';
import { RunView } from './run-view.tsx';

const AGAIN_MS = 2_000;

/** The set over the past (backtest) and beside the one in force (shadow). */
export function Trials({ set }: { readonly set: RuleSet }) {
  const { t } = useTranslation();
  const mayWrite = useRight('rules.write');
  const client = useQueryClient();
  const report = useErrorMessage();
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const run = useQuery({
    queryKey: [...ruleKeys.backtests, set.id],
    queryFn: ({ signal }) => fetchBacktestOf(set.id, signal),
    refetchInterval: (query) => (query.state.data?.state === 'running' ? AGAIN_MS : false),
  });
  const after = {
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ruleKeys.backtests });
      void client.invalidateQueries({ queryKey: ruleKeys.set(set.id) });
    },
    onError: (error: unknown) => report(error),
  };
  const begin = useMutation({
    mutationFn: () =>
      startBacktest({ ruleSetId: set.id, from: `${from}T00:00:00+08:00`, to: `${to}T23:59:59+08:00`, name: set.name }),
    ...after,
  });
  const stop = useMutation({ mutationFn: stopBacktest, ...after });
  const shadow = useMutation({
    mutationFn: (on: boolean) => (on ? startShadow(set.id) : endShadow(set.id)),
    ...after,
  });
  const running = run.data?.state === 'running' ? run.data : null;
  const shadowing = set.shadow?.state === 'running';
  return (
    <>
      <section className="rule-section">
        <Typography.Title level={4}>{t('rules.backtest')}</Typography.Title>
        {mayWrite && (
          <Space wrap>
            <Input
              type="date"
              aria-label={t('rules.from')}
              value={from}
              onChange={(event) => setFrom(event.target.value)}
            />
            <Input type="date" aria-label={t('rules.to')} value={to} onChange={(event) => setTo(event.target.value)} />
            <Button
              disabled={from === '' || to === '' || from > to || running !== null}
              loading={begin.isPending}
              onClick={() => begin.mutate()}
            >
              {t('rules.startBacktest')}
            </Button>
            {running !== null && <Button onClick={() => stop.mutate(running.id)}>{t('rules.stop')}</Button>}
          </Space>
        )}
        {run.data === null && <Typography.Paragraph type="secondary">{t('rules.noBacktest')}</Typography.Paragraph>}
        {run.data != null && <RunView run={run.data} />}
      </section>
      <section className="rule-section">
        <Typography.Title level={4}>{t('rules.shadow')}</Typography.Title>
        {mayWrite && (set.state === 'draft' || set.state === 'proposed') && (
          <Button loading={shadow.isPending} onClick={() => shadow.mutate(!shadowing)}>
            {t(shadowing ? 'rules.endShadow' : 'rules.startShadow')}
          </Button>
        )}
        {set.shadow === null ? (
          <Typography.Paragraph type="secondary">{t('rules.noShadow')}</Typography.Paragraph>
        ) : (
          <RunView run={set.shadow} />
        )}
      </section>
    </>
  );
}
