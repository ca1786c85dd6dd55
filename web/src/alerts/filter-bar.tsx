import { ClearOutlined, SearchOutlined } from '@ant-design/icons';
import { Button, Input, type InputRef, Segmented, Select, Tooltip } from 'antd';
import { type RefObject, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CLASSES, QUEUES, SEVERITIES, STATES } from '../api/types.ts';
import { ALL, isFiltered, isStandingOnly, type ListFilters, STANDING_STATES } from './filters.ts';

/** Nothing chosen: what stands. Of `all` and single states, what was chosen last. */
const statesOf = (values: readonly string[]): readonly string[] =>
  values.length === 0 ? STANDING_STATES : values.at(-1) === ALL ? [] : values.filter((value) => value !== ALL);

interface FilterBarProps {
  readonly filters: ListFilters;
  readonly onChange: (filters: ListFilters) => void;
  readonly onReset: () => void;
  readonly search: RefObject<InputRef | null>;
  readonly clinics: readonly { readonly value: string; readonly label: string }[];
  readonly rules: { value: string; label: string }[];
  /** Whether the reader may see what waits. */
  readonly mayWaiting: boolean;
}

export function FilterBar({ filters, onChange, onReset, search, clinics, rules, mayWaiting }: FilterBarProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(filters.q);
  useEffect(() => setTyped(filters.q), [filters.q]);
  const many = (name: 'class' | 'severity' | 'rule', options: { value: string; label: string }[], width: number) => (
    <Select
      mode="multiple"
      size="middle"
      allowClear
      showSearch={false}
      maxTagCount="responsive"
      style={{ width }}
      placeholder={t(`filter.${name}`)}
      aria-label={t(`filter.${name}`)}
      value={[...filters[name]]}
      options={options}
      onChange={(values: string[]) => onChange({ ...filters, [name]: values })}
    />
  );
  return (
    <search className="filters">
      {mayWaiting && (
        <Tooltip title={t('queue.hint')} placement="bottomLeft">
          <Segmented
            aria-label={t('queue.label')}
            value={filters.queue}
            options={QUEUES.map((value) => ({ value, label: t(`queue.${value}`) }))}
            onChange={(queue) => onChange({ ...filters, queue })}
          />
        </Tooltip>
      )}
      {many(
        'class',
        CLASSES.map((value) => ({ value, label: t(`class.${value}`) })),
        150,
      )}
      {many(
        'severity',
        SEVERITIES.map((value) => ({ value, label: t(`severity.${value}`) })),
        132,
      )}
      <Select
        mode="multiple"
        allowClear
        showSearch={false}
        maxTagCount="responsive"
        style={{ width: 160 }}
        placeholder={t('filter.standing')}
        aria-label={t('filter.state')}
        value={isStandingOnly(filters.state) ? [] : filters.state.length === 0 ? [ALL] : [...filters.state]}
        options={[
          { value: ALL, label: t('filter.state') },
          ...STATES.map((value) => ({ value, label: t(`state.${value}`) })),
        ]}
        onChange={(values: string[]) => onChange({ ...filters, state: statesOf(values) })}
      />
      {many('rule', rules, 150)}
      <Select
        showSearch={{ optionFilterProp: 'label' }}
        allowClear
        style={{ width: 170 }}
        placeholder={t('filter.clinic')}
        aria-label={t('filter.clinic')}
        value={filters.clinic === '' ? null : filters.clinic}
        options={[...clinics]}
        onChange={(value: string | null | undefined) => onChange({ ...filters, clinic: value ?? '' })}
      />
      <Input
        ref={search}
        className="filter-search"
        allowClear
        prefix={<SearchOutlined />}
        placeholder={t('filter.search')}
        aria-label={t('filter.search')}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          if (event.target.value === '') onChange({ ...filters, q: '' });
        }}
        onPressEnter={() => onChange({ ...filters, q: typed.trim() })}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
      {isFiltered(filters) && (
        <Tooltip title={t('filter.reset')}>
          <Button icon={<ClearOutlined />} onClick={onReset} aria-label={t('filter.reset')} />
        </Tooltip>
      )}
    </search>
  );
}
