import { Alert, Progress, Statistic, Table, Typography } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart } from '../ui/chart.tsx';
import { barsOf, changedRules, progressOf, type RuleFigures, type Run } from './backtest-figures.ts';

/** What a run over stored facts found: figures, a chart by rule and the same as a table. */
export function RunView({ run }: { readonly run: Run }) {
  const { t } = useTranslation();
  const { result } = run;
  const rules = useMemo(() => changedRules(result?.rules ?? []), [result]);
  const option = useMemo(() => {
    const bars = barsOf(result?.rules ?? []);
    const series = (name: string, data: readonly number[], color: string) => ({
      name,
      type: 'bar',
      stack: 'alerts',
      data,
      itemStyle: { color },
    });
    return {
      tooltip: { trigger: 'axis' },
      legend: {},
      grid: { left: 48, right: 16, top: 40, bottom: 28 },
      xAxis: { type: 'category', data: bars.rules },
      yAxis: { type: 'value', minInterval: 1 },
      series: [
        series(t('rules.added'), bars.added, '#1677ff'),
        series(t('rules.removed'), bars.removed, '#8c8c8c'),
        series(t('rules.confirmedLost'), bars.confirmedLost, '#cf1322'),
      ],
    };
  }, [result, t]);
  const percent = progressOf(run);
  return (
    <section aria-label={run.name}>
      <Typography.Paragraph>
        {t(`rules.runState.${run.state}`)} · {t('rules.subjects', { seen: run.subjects, total: run.total ?? '–' })}
      </Typography.Paragraph>
      {run.kind === 'backtest' && percent !== null && <Progress aria-label={t('rules.progress')} percent={percent} />}
      {(run.stopReason ?? run.lastError) !== null && (
        <Alert type="warning" showIcon title={run.stopReason ?? run.lastError} />
      )}
      {result !== null && (
        <>
          <div className="rule-figures">
            <Statistic title={t('rules.before')} value={result.alerts.before} />
            <Statistic title={t('rules.after')} value={result.alerts.after} />
            <Statistic title={t('rules.added')} value={result.alerts.added} />
            <Statistic title={t('rules.removed')} value={result.alerts.removed} />
            <Statistic title={t('rules.confirmedLost')} value={result.confirmed.lost} />
          </div>
          {rules.length === 0 ? (
            <Typography.Paragraph type="secondary">{t('rules.noDifference')}</Typography.Paragraph>
          ) : (
            <>
              <Chart option={option} height={240} label={t('rules.chart')} />
              <Table<RuleFigures>
                rowKey="rule"
                size="small"
                pagination={false}
                dataSource={[...rules]}
                columns={[
                  { title: t('rules.rule'), dataIndex: 'rule' },
                  { title: t('rules.before'), dataIndex: 'before', align: 'right' },
                  { title: t('rules.after'), dataIndex: 'after', align: 'right' },
                  { title: t('rules.added'), dataIndex: 'added', align: 'right' },
                  { title: t('rules.removed'), dataIndex: 'removed', align: 'right' },
                  { title: t('rules.confirmedLost'), dataIndex: 'confirmedLost', align: 'right' },
                ]}
              />
            </>
          )}
          {result.notTested.length > 0 && (
            <Alert type="info" showIcon title={t('rules.notTested')} description={result.notTested.join(', ')} />
          )}
        </>
      )}
    </section>
  );
}
