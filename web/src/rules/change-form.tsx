import { Form, Input, InputNumber, Modal, Select, Typography } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ListRulesResponse } from '../api/generated/types.gen.ts';
import { inLanguage } from '../i18n/index.ts';
import { type Changes, changesOf, type Off, valueText } from './changes.ts';

type Parameter = ListRulesResponse['window'][number];

export interface Draft {
  readonly name: string;
  readonly reason: string;
  readonly changes: Changes;
}

/** A change of one rule, of the window or of the decisions, held to the bounds of each parameter. */
export function ChangeForm({
  rules,
  first,
  naming,
  busy,
  onDone,
  onCancel,
}: {
  readonly rules: ListRulesResponse;
  readonly first?: string;
  /** Asks for a name and a reason: a new draft. */
  readonly naming: boolean;
  readonly busy: boolean;
  readonly onDone: (draft: Draft) => void;
  readonly onCancel: () => void;
}) {
  const { t, i18n } = useTranslation();
  const [form] = Form.useForm();
  const [target, setTarget] = useState(first ?? rules.items[0]?.id ?? 'window');
  const [values, setValues] = useState<Record<string, unknown>>({});
  const [off, setOff] = useState<Off>();
  const rule = rules.items.find((item) => item.id === target);
  const parameters: readonly Parameter[] =
    rule?.parameters ?? (target === 'window' ? rules.window : target === 'decision' ? rules.decision : []);
  const changes = changesOf({ target, values, ...(off !== undefined && { off }) }, parameters);
  const set = (name: string, value: unknown): void => setValues((known) => ({ ...known, [name]: value }));
  const submit = (given: { name?: string; reason?: string }): void => {
    if (changes !== null) onDone({ name: given.name ?? '', reason: given.reason ?? '', changes });
  };
  return (
    <Modal
      open
      title={t(naming ? 'rules.draft' : 'rules.revise')}
      okText={t('rules.save')}
      cancelText={t('common.cancel')}
      okButtonProps={{ disabled: changes === null, loading: busy }}
      onOk={() => form.submit()}
      onCancel={onCancel}
    >
      <Form form={form} layout="vertical" onFinish={submit}>
        {naming && (
          <>
            <Form.Item name="name" label={t('rules.name')} rules={[{ required: true, whitespace: true }]}>
              <Input maxLength={100} />
            </Form.Item>
            <Form.Item name="reason" label={t('rules.reason')} rules={[{ required: true, whitespace: true }]}>
              <Input.TextArea rows={2} maxLength={1000} />
            </Form.Item>
          </>
        )}
        <Form.Item label={t('rules.rule')} htmlFor="change-target">
          <Select
            id="change-target"
            showSearch={{ optionFilterProp: 'label' }}
            value={target}
            onChange={(chosen: string) => {
              setTarget(chosen);
              setValues({});
              setOff(undefined);
            }}
            options={[
              ...rules.items.map((item) => ({
                value: item.id,
                label: `${item.id} ${inLanguage(item.names, i18n.language)}`,
              })),
              { value: 'window', label: t('rules.window') },
              { value: 'decision', label: t('rules.decision') },
            ]}
          />
        </Form.Item>
        {rule !== undefined && (
          <Form.Item label={t('rules.whether')} htmlFor="change-off">
            <Select<Off>
              id="change-off"
              allowClear
              placeholder={t('rules.asItIs')}
              {...(off !== undefined && { value: off })}
              onChange={(chosen) => setOff(chosen)}
              options={(['on', 'take_back', 'leave'] as const).map((value) => ({
                value,
                label: t(`rules.off.${value}`),
              }))}
            />
          </Form.Item>
        )}
        {parameters.map((parameter) => (
          <Form.Item
            key={`${target}.${parameter.name}`}
            label={`${parameter.name}${parameter.unit === null ? '' : ` (${parameter.unit})`}`}
            htmlFor={`parameter-${parameter.name}`}
            extra={t('rules.bounds', {
              inForce: valueText(parameter.value),
              default: valueText(parameter.default),
              minimum: valueText(parameter.minimum),
              maximum: valueText(parameter.maximum),
            })}
          >
            <Field parameter={parameter} onChange={(value) => set(parameter.name, value)} />
          </Form.Item>
        ))}
      </Form>
      {changes === null && <Typography.Text type="secondary">{t('rules.nothingChanged')}</Typography.Text>}
    </Modal>
  );
}

function Field({
  parameter,
  onChange,
}: {
  readonly parameter: Parameter;
  readonly onChange: (value: unknown) => void;
}) {
  const { t } = useTranslation();
  const id = `parameter-${parameter.name}`;
  const { value, minimum, maximum } = parameter;
  if (typeof value === 'number')
    return (
      <InputNumber
        id={id}
        defaultValue={value}
        {...(minimum !== null && { min: minimum })}
        {...(maximum !== null && { max: maximum })}
        onChange={(given) => onChange(given ?? undefined)}
      />
    );
  if (typeof value === 'boolean')
    return (
      <Select
        id={id}
        defaultValue={value}
        onChange={onChange}
        options={[
          { value: true, label: t('rules.yes') },
          { value: false, label: t('rules.no') },
        ]}
      />
    );
  if (typeof value === 'string')
    return <Input id={id} defaultValue={value} onChange={(event) => onChange(event.target.value)} />;
  return <span id={id}>{valueText(value)}</span>;
}
