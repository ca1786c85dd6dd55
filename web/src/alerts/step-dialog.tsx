import { Alert, Button, DatePicker, Form, Input, InputNumber, Modal, Radio, Select, Space } from 'antd';
import type { Dayjs } from 'dayjs';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Measure, Step, StepBody } from '../api/types.ts';

/** Steps that ask for something; the others are taken at once. */
const ASKING = [
  'ask',
  'explain',
  'verify',
  'report_verification',
  'propose',
  'object',
  'determine',
  'appeal',
  'handle',
  'recover',
  'reopen',
] as const;
export type AskingStep = (typeof ASKING)[number];
export const asksFor = (step: Step): step is AskingStep => (ASKING as readonly Step[]).includes(step);

/** What may be ordered, in the reader's language. */
export interface MeasureKind {
  readonly kind: string;
  readonly label: string;
}

interface StepDialogProps {
  readonly step: AskingStep;
  readonly title: string;
  readonly measures: readonly Measure[];
  readonly kinds: readonly MeasureKind[];
  readonly onSubmit: (body: Omit<StepBody, 'version'>) => Promise<boolean>;
  readonly onClose: () => void;
}

interface Values {
  readonly question?: string;
  readonly text?: string;
  readonly way?: 'online' | 'on_site';
  readonly task?: string;
  readonly result?: string;
  readonly officers?: string[];
  readonly determination?: StepBody['determination'];
  readonly grounds?: string;
  readonly yuan?: string;
  readonly note?: string;
  readonly measures?: { readonly kind: string; readonly yuan?: string; readonly dueOn?: Dayjs }[];
  readonly measureId?: string;
  readonly recoveredOn?: Dayjs;
  readonly receipt?: string;
}

/** Yuan as typed, in fen, without floating error. */
export function fenOf(yuan: string | undefined): number | undefined {
  if (yuan === undefined || yuan === '') return undefined;
  const [whole = '0', part = ''] = String(yuan).split('.');
  return Number(whole) * 100 + Number(part.padEnd(2, '0').slice(0, 2));
}

const bodyOf = (step: AskingStep, values: Values): Omit<StepBody, 'version'> => {
  const { yuan, measures, recoveredOn, ...rest } = values;
  const amountFen = fenOf(yuan);
  return {
    step,
    ...rest,
    ...(amountFen !== undefined && { amountFen }),
    ...(recoveredOn !== undefined && { recoveredOn: recoveredOn.format('YYYY-MM-DD') }),
    ...(measures !== undefined && {
      measures: measures.map(({ kind, yuan: amount, dueOn }) => ({
        kind,
        amountFen: fenOf(amount) ?? 0,
        ...(dueOn && { dueOn: dueOn.format('YYYY-MM-DD') }),
      })),
    }),
  };
};

/** What a step needs, asked for in one dialogue. */
export function StepDialog({ step, title, measures, kinds, onSubmit, onClose }: StepDialogProps) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  const [busy, setBusy] = useState(false);
  const needed = [{ required: true, whitespace: true, message: t('flow.required') }];
  const chosen = [{ required: true, message: t('flow.required') }];
  const long = (name: keyof Values, label: string, hint?: string) => (
    <Form.Item name={name} label={label} rules={needed} {...(hint !== undefined && { extra: hint })}>
      <Input.TextArea rows={4} maxLength={4000} showCount />
    </Form.Item>
  );
  const money = (name: 'yuan', required: boolean) => (
    <Form.Item name={name} label={t('flow.amount')} {...(required && { rules: chosen })}>
      <InputNumber<string> stringMode min="0" precision={2} style={{ width: 200 }} />
    </Form.Item>
  );
  const fields: Readonly<Record<AskingStep, React.ReactNode>> = {
    ask: long('question', t('flow.question'), t('flow.questionHint')),
    explain: long('text', t('flow.text'), t('flow.textHint')),
    appeal: long('text', t('flow.text'), t('flow.textHint')),
    verify: (
      <>
        <Form.Item name="way" label={t('flow.way')} rules={chosen} initialValue="online">
          <Radio.Group
            options={(['online', 'on_site'] as const).map((value) => ({ value, label: t(`flow.${value}`) }))}
          />
        </Form.Item>
        {long('task', t('flow.task'))}
      </>
    ),
    report_verification: (
      <>
        {long('result', t('flow.result'))}
        <Form.Item name="officers" label={t('flow.officers')} extra={t('flow.officersHint')}>
          <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[',', ';']} />
        </Form.Item>
      </>
    ),
    propose: (
      <>
        <Form.Item name="determination" label={t('flow.determination')} rules={chosen}>
          <Radio.Group
            options={(['violation', 'suspected_fraud'] as const).map((value) => ({ value, label: t(`flow.${value}`) }))}
          />
        </Form.Item>
        {long('grounds', t('flow.grounds'))}
        {money('yuan', false)}
        <Alert type="info" showIcon title={t('flow.secondPerson')} />
      </>
    ),
    determine: (
      <>
        <Form.Item name="determination" label={t('flow.determination')} rules={chosen}>
          <Radio.Group
            options={(['no_violation', 'data_quality'] as const).map((value) => ({ value, label: t(`flow.${value}`) }))}
          />
        </Form.Item>
        {long('grounds', t('flow.grounds'))}
      </>
    ),
    object: long('note', t('flow.noteRequired')),
    reopen: long('note', t('flow.noteRequired')),
    handle: (
      <Form.List name="measures" initialValue={[{}]}>
        {(rows, { add, remove }) => (
          <>
            {rows.map(({ key, name }) => (
              <Space key={key} align="baseline" wrap>
                <Form.Item name={[name, 'kind']} label={t('flow.measure')} rules={chosen}>
                  <Select style={{ width: 190 }} options={kinds.map(({ kind, label }) => ({ value: kind, label }))} />
                </Form.Item>
                <Form.Item name={[name, 'yuan']} label={t('flow.amount')}>
                  <InputNumber<string> stringMode min="0" precision={2} />
                </Form.Item>
                <Form.Item name={[name, 'dueOn']} label={t('flow.dueOn')}>
                  <DatePicker />
                </Form.Item>
                {rows.length > 1 && (
                  <Button type="text" onClick={() => remove(name)}>
                    {t('common.cancel')}
                  </Button>
                )}
              </Space>
            ))}
            <Button onClick={() => add({})}>{t('flow.addMeasure')}</Button>
          </>
        )}
      </Form.List>
    ),
    recover: (
      <>
        <Form.Item name="measureId" label={t('flow.recoverMeasure')} rules={chosen}>
          <Select options={measures.map(({ id, kind }) => ({ value: id, label: nameOf(kind, kinds) }))} />
        </Form.Item>
        {money('yuan', true)}
        <Form.Item name="recoveredOn" label={t('flow.recoveredOn')} rules={chosen}>
          <DatePicker />
        </Form.Item>
        <Form.Item name="receipt" label={t('flow.receipt')}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="note" label={t('flow.note')}>
          <Input maxLength={2000} />
        </Form.Item>
      </>
    ),
  };
  const submit = async (values: Values): Promise<void> => {
    setBusy(true);
    const done = await onSubmit(bodyOf(step, values));
    setBusy(false);
    if (done) onClose();
  };
  return (
    <Modal
      open
      title={t(`flow.${step}`)}
      okText={t('flow.submit')}
      cancelText={t('common.cancel')}
      okButtonProps={{ htmlType: 'submit', loading: busy }}
      width={step === 'handle' ? 720 : 560}
      onCancel={onClose}
      destroyOnHidden
      modalRender={(dialog) => (
        <Form<Values> form={form} layout="vertical" onFinish={(values) => void submit(values)}>
          {dialog}
        </Form>
      )}
    >
      <p className="dialog-subject">{title}</p>
      {fields[step]}
    </Modal>
  );
}

const nameOf = (kind: string, kinds: readonly MeasureKind[]): string =>
  kinds.find((known) => known.kind === kind)?.label ?? kind;
