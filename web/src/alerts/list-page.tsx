import { ArrowUpOutlined, QuestionCircleOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Empty, type InputRef, Spin, Tooltip } from 'antd';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useSearchParams } from 'react-router';
import { fetchSummary, keys } from '../api/queries.ts';
import type { AlertItem, Phase } from '../api/types.ts';
import { inLanguage } from '../i18n/index.ts';
import { useRight, useSession } from '../session/session.tsx';
import { useHotkeys } from '../ui/hotkeys.ts';
import { FailureResult, ListSkeleton, NoRight } from '../ui/states.tsx';
import { useNow } from '../ui/use-now.ts';
import { AlertRow } from './alert-row.tsx';
import { BulkBar } from './bulk-bar.tsx';
import { useClinicOptions } from './clinic-options.ts';
import { DismissDialog } from './dismiss-dialog.tsx';
import { EscalateDialog } from './escalate-dialog.tsx';
import { FilterBar } from './filter-bar.tsx';
import { isFiltered, type ListFilters, readFilters, writeFilters } from './filters.ts';
import { KeyboardHelp } from './keyboard-help.tsx';
import { useAlertList } from './list-query.ts';
import { NextCase } from './next-case.tsx';
import { PhaseCounts } from './phase-counts.tsx';
import { useRuleOptions } from './rule-options.ts';
import { StepDialog } from './step-dialog.tsx';
import { quickStep, useSteps } from './steps.tsx';
import { useVisible } from './use-visible.ts';

/** Where the reader stood in the list, so that the way back from an alert finds it again. */
let lastSelected: string | null = null;

export default function AlertListPage() {
  return useRight('alerts.read') ? <AlertList /> : <NoRight />;
}

function AlertList() {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const address = params.toString();
  const filters = useMemo(() => readFilters(new URLSearchParams(address)), [address]);
  const from = address === '' ? '' : `?${address}`;
  const today = useNow(60_000);
  const mayAct = useRight('alerts.first');
  const { user } = useSession();
  const { take, undoLast } = useSteps();
  const [asking, setAsking] = useState<AlertItem | null>(null);
  const [escalating, setEscalating] = useState<AlertItem | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const choose = useCallback((id: string, on: boolean) => {
    setChosen((before) => {
      const next = new Set(before);
      if (on) next.add(id);
      else next.delete(id);
      return next;
    });
  }, []);

  const [selected, setSelected] = useState<string | null>(lastSelected);
  const [dismissing, setDismissing] = useState<AlertItem | null>(null);
  const [help, setHelp] = useState(false);
  const search = useRef<InputRef>(null);
  const listElement = useRef<HTMLOListElement>(null);
  const pointing = useRef(false);

  const isBusy = useCallback(
    () => window.scrollY > 0 || pointing.current || document.activeElement?.closest('.rows') != null,
    [],
  );
  const { list, items, waiting, arrived, takeIn } = useAlertList(filters, isBusy);
  const summary = useQuery({ queryKey: keys.summary, queryFn: fetchSummary });
  const clinics = useClinicOptions(items);
  const rules = useRuleOptions();

  const change = (next: ListFilters): void => setParams(writeFilters(next));
  const togglePhase = (phase: Phase): void => {
    const has = filters.phase.includes(phase);
    change({ ...filters, phase: has ? filters.phase.filter((other) => other !== phase) : [...filters.phase, phase] });
  };

  const select = useCallback((id: string | null) => {
    lastSelected = id;
    setSelected(id);
  }, []);
  const current = items.find((item) => item.id === selected);
  const move = (step: number): void => {
    const at = items.findIndex((item) => item.id === selected);
    const next = items[at === -1 ? 0 : Math.min(items.length - 1, Math.max(0, at + step))];
    if (next === undefined) return;
    select(next.id);
    const row = listElement.current?.querySelector(`[data-alert="${next.id}"]`);
    row?.scrollIntoView({ block: 'nearest' });
    row?.querySelector('a')?.focus({ preventScroll: true });
  };
  const open = (): void => {
    if (current !== undefined) void navigate(`/alerts/${current.id}`, { state: { from } });
  };
  useHotkeys({
    j: () => move(1),
    k: () => move(-1),
    Enter: open,
    o: open,
    a: () => {
      const step = current && quickStep('take', current, user.rights);
      if (current !== undefined && step != null) void take(current, { step });
    },
    d: () => {
      if (current !== undefined && quickStep('exclude', current, user.rights) !== null) setDismissing(current);
    },
    q: () => {
      if (current !== undefined && quickStep('ask', current, user.rights) !== null) setAsking(current);
    },
    u: () => void undoLast(),
    n: takeIn,
    e: () => {
      if (mayAct && current !== undefined && !current.escalated) setEscalating(current);
    },
    x: () => {
      if (mayAct && current !== undefined) choose(current.id, !chosen.has(current.id));
    },
    '/': () => search.current?.focus({ cursor: 'all' }),
    '?': () => setHelp(true),
  });

  const more = useRef<HTMLDivElement>(null);
  const wantsMore = useVisible(more);
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = list;
  useEffect(() => {
    if (wantsMore && hasNextPage && !isFetchingNextPage && !isFetchNextPageError) void fetchNextPage();
  }, [wantsMore, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);

  return (
    <div className="list-page">
      <PhaseCounts counts={summary.data?.byPhase} chosen={filters.phase} onToggle={togglePhase} />
      <div className="list-head">
        <FilterBar
          filters={filters}
          onChange={change}
          onReset={() => setParams({})}
          search={search}
          clinics={clinics}
          rules={rules}
          mayWaiting={mayAct}
        />
        <NextCase from={from} />
        <Tooltip title={t('help.open')}>
          <Button
            type="text"
            icon={<QuestionCircleOutlined />}
            aria-label={t('help.open')}
            onClick={() => setHelp(true)}
          />
        </Tooltip>
      </div>
      {waiting.length > 0 && (
        <button
          type="button"
          className="arrivals"
          onClick={() => {
            takeIn();
            window.scrollTo({ top: 0 });
          }}
        >
          <ArrowUpOutlined /> {t('list.waiting', { count: waiting.length })}
        </button>
      )}
      <p className="visually-hidden" aria-live="polite">
        {waiting.length > 0 ? t('list.waiting', { count: waiting.length }) : ''}
      </p>
      {list.isPending && <ListSkeleton rows={8} />}
      {list.isError && list.data === undefined && (
        <FailureResult error={list.error} onRetry={() => void list.refetch()} />
      )}
      {list.isSuccess && items.length === 0 && (
        <Empty
          className="empty"
          image={Empty.PRESENTED_IMAGE_SIMPLE}
          description={isFiltered(filters) ? t('list.emptyFiltered') : t('list.empty')}
        >
          {isFiltered(filters) && <Button onClick={() => setParams({})}>{t('filter.reset')}</Button>}
        </Empty>
      )}
      <BulkBar chosen={items.filter(({ id }) => chosen.has(id))} onDone={(left) => setChosen(new Set(left))} />
      {items.length > 0 && (
        <ol
          className="rows"
          ref={listElement}
          aria-label={t('nav.alerts')}
          onPointerEnter={() => {
            pointing.current = true;
          }}
          onPointerLeave={() => {
            pointing.current = false;
          }}
        >
          {items.map((alert) => (
            <AlertRow
              key={alert.id}
              alert={alert}
              selected={alert.id === selected}
              arrived={arrived.has(alert.id)}
              today={today}
              from={from}
              onSelect={select}
              chosen={chosen.has(alert.id)}
              onChoose={mayAct ? choose : null}
            />
          ))}
        </ol>
      )}
      <div ref={more} className="more">
        {isFetchingNextPage && <Spin />}
        {isFetchNextPageError && <Button onClick={() => void fetchNextPage()}>{t('list.moreFailed')}</Button>}
        {items.length > 0 && !hasNextPage && <span>{t('list.end', { count: items.length })}</span>}
      </div>
      {dismissing !== null && (
        <DismissDialog
          title={inLanguage(dismissing.title, i18n.language)}
          onDismiss={(body) => take(dismissing, { step: 'exclude', ...body })}
          onClose={() => setDismissing(null)}
        />
      )}
      {asking !== null && (
        <StepDialog
          step="ask"
          title={inLanguage(asking.title, i18n.language)}
          measures={[]}
          kinds={[]}
          onSubmit={(body) => take(asking, body)}
          onClose={() => setAsking(null)}
        />
      )}
      {escalating !== null && <EscalateDialog alert={escalating} onClose={() => setEscalating(null)} />}
      <KeyboardHelp open={help} onClose={() => setHelp(false)} />
    </div>
  );
}
