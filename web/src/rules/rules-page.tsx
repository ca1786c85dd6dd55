import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Empty, Table, Tabs, Tag, Typography } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import type { ListRulesResponse } from '../api/generated/types.gen.ts';
import { fetchPrecision, fetchRules, keys } from '../api/queries.ts';
import { HoldingBanner } from '../holding/holding-banner.tsx';
import { inLanguage } from '../i18n/index.ts';
import { useRight } from '../session/session.tsx';
import { useErrorMessage } from '../ui/error-text.ts';
import { formatDateTime, formatPercent } from '../ui/format.ts';
import { FailureResult, ListSkeleton, NoRight } from '../ui/states.tsx';
import { ChangeForm } from './change-form.tsx';
import { valueText } from './changes.ts';
import { draftRuleSet, fetchRuleSets, type RuleSet, ruleKeys } from './queries.ts';
import './rules.css';

type Rule = ListRulesResponse['items'][number];

export default function RulesPage() {
  return useRight('rules.read') ? <Rules /> : <NoRight />;
}

/** Every rule in words, with what it rests on, and the changes on their way. */
function Rules() {
  const { t } = useTranslation();
  const mayWrite = useRight('rules.write');
  const navigate = useNavigate();
  const client = useQueryClient();
  const report = useErrorMessage();
  const rules = useQuery({ queryKey: keys.rules, queryFn: fetchRules });
  const [drafting, setDrafting] = useState<string | null>(null);
  const draft = useMutation({
    mutationFn: draftRuleSet,
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: ruleKeys.sets });
      void navigate(`/rules/sets/${made.id}`);
    },
    onError: (error) => report(error),
  });
  return (
    <div className="wide-page">
      <header className="page-head">
        <Typography.Title level={2}>{t('rules.title')}</Typography.Title>
        {mayWrite && (
          <Button type="primary" disabled={rules.data === undefined} onClick={() => setDrafting('')}>
            {t('rules.draft')}
          </Button>
        )}
      </header>
      <HoldingBanner />
      {rules.isPending && <ListSkeleton rows={5} />}
      {rules.isError && <FailureResult error={rules.error} onRetry={() => void rules.refetch()} />}
      {rules.data !== undefined && (
        <Tabs
          items={[
            { key: 'catalogue', label: t('rules.catalogue'), children: <Catalogue items={rules.data.items} /> },
            { key: 'sets', label: t('rules.sets'), children: <Sets /> },
          ]}
        />
      )}
      {drafting !== null && rules.data !== undefined && (
        <ChangeForm
          rules={rules.data}
          naming
          busy={draft.isPending}
          onCancel={() => setDrafting(null)}
          onDone={(made) => draft.mutate(made)}
        />
      )}
    </div>
  );
}

function Catalogue({ items }: { readonly items: readonly Rule[] }) {
  const { t, i18n } = useTranslation();
  const precision = useQuery({ queryKey: keys.precision, queryFn: fetchPrecision });
  const words = (rule: Rule): string => {
    const found = precision.data?.byRule.find((group) => group.group === rule.id);
    if (found === undefined || found.precision === null) return t('rules.notYet');
    const [share, low, high] = [found.precision, found.low, found.high].map(formatPercent);
    return t('rules.precisionWords', { share, low, high, n: found.n });
  };
  return (
    <Table<Rule>
      rowKey="id"
      size="small"
      pagination={false}
      dataSource={[...items]}
      columns={[
        { title: t('rules.rule'), render: (_, rule) => `${rule.id} ${inLanguage(rule.names, i18n.language)}` },
        { title: t('rules.phase'), width: 100, render: (_, rule) => t(`rules.phases.${rule.phase}`) },
        { title: t('rules.class'), width: 110, render: (_, rule) => <Tag>{t(`rules.classes.${rule.class}`)}</Tag> },
        { title: t('rules.law'), render: (_, rule) => <span className="wrap">{rule.legalBasis.join('; ')}</span> },
        { title: t('rules.precision'), width: 260, render: (_, rule) => words(rule) },
      ]}
      expandable={{ expandedRowRender: (rule) => <RuleWords rule={rule} /> }}
    />
  );
}

function RuleWords({ rule }: { readonly rule: Rule }) {
  const { t, i18n } = useTranslation();
  return (
    <>
      <dl className="rule-words">
        <dt>{t('rules.meaning')}</dt>
        <dd>{rule.definition === null ? '–' : inLanguage(rule.definition, i18n.language)}</dd>
        <dt>{t('rules.exclusions')}</dt>
        <dd>{rule.exclusions === null ? '–' : inLanguage(rule.exclusions, i18n.language)}</dd>
      </dl>
      {rule.parameters.length > 0 && (
        <Table
          rowKey="name"
          size="small"
          pagination={false}
          dataSource={rule.parameters}
          columns={[
            { title: t('rules.parameter'), dataIndex: 'name', className: 'mono' },
            { title: t('rules.inForce'), render: (_, parameter) => valueText(parameter.value) },
            { title: t('rules.default'), render: (_, parameter) => valueText(parameter.default) },
            {
              title: t('rules.range'),
              render: (_, parameter) => `${valueText(parameter.minimum)} … ${valueText(parameter.maximum)}`,
            },
            { title: t('rules.unit'), render: (_, parameter) => parameter.unit ?? '–' },
          ]}
        />
      )}
    </>
  );
}

function Sets() {
  const { t, i18n } = useTranslation();
  const sets = useInfiniteQuery({
    queryKey: ruleKeys.sets,
    queryFn: ({ pageParam, signal }) => fetchRuleSets(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
  if (sets.isPending) return <ListSkeleton rows={4} />;
  if (sets.isError) return <FailureResult error={sets.error} onRetry={() => void sets.refetch()} />;
  const items = sets.data.pages.flatMap((page) => page.items);
  if (items.length === 0) return <Empty description={t('rules.noSets')} />;
  return (
    <>
      <Table<Pick<RuleSet, 'id' | 'name' | 'reason' | 'state' | 'updatedAt'>>
        rowKey="id"
        size="small"
        pagination={false}
        dataSource={items}
        columns={[
          { title: t('rules.name'), render: (_, set) => <Link to={`/rules/sets/${set.id}`}>{set.name}</Link> },
          { title: t('rules.reason'), render: (_, set) => <span className="wrap">{set.reason}</span> },
          { title: t('rules.stateTitle'), width: 120, render: (_, set) => <Tag>{t(`rules.state.${set.state}`)}</Tag> },
          { title: t('rules.updated'), width: 180, render: (_, set) => formatDateTime(set.updatedAt, i18n.language) },
        ]}
      />
      {sets.hasNextPage && (
        <Button block loading={sets.isFetchingNextPage} onClick={() => void sets.fetchNextPage()}>
          {t('common.more')}
        </Button>
      )}
    </>
  );
}
