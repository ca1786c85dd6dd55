import { Alert, Form, Input, Modal, Radio, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DISMISS_REASONS, type DismissReason, INSURED_MET, type InsuredMet, type StepBody } from '../api/types.ts';

interface DismissDialogProps {
  readonly title: string;
  /** Of several at once: whether somebody was met is asked of each alone. */
  readonly many?: boolean;
  readonly onDismiss: (body: Pick<StepBody, 'reason' | 'note' | 'insuredMet'>) => Promise<boolean>;
  readonly onClose: () => void;
}

interface Values {
  readonly reason: DismissReason;
  readonly note?: string;
  readonly insuredMet?: InsuredMet;
}

/** Why a suspicion turned out to be none. The reasons feed the estimate of each rule's precision. */
export function DismissDialog({ title, many = false, onDismiss, onClose }: DismissDialogProps) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  const [busy, setBusy] = useState(false);
  const reason = Form.useWatch('reason', form);
  const submit = async (values: Values): Promise<void> => {
    setBusy(true);
    const note = values.note?.trim() ?? '';
    const { reason: why, insuredMet } = values;
    const done = await onDismiss({ reason: why, ...(note !== '' && { note }), ...(insuredMet && { insuredMet }) });
    setBusy(false);
    if (done) onClose();
  };
  return (
    <Modal
      open
      title={t('dismiss.title')}
      okText={t('dismiss.submit')}
      cancelText={t('common.cancel')}
      okButtonProps={{ htmlType: 'submit', loading: busy, disabled: reason === undefined }}
      onCancel={onClose}
      destroyOnHidden
      afterOpenChange={(open) => {
        if (open) document.querySelector<HTMLInputElement>('.reasons input')?.focus();
      }}
      modalRender={(dialog) => (
        <Form<Values> form={form} layout="vertical" onFinish={(values) => void submit(values)}>
          {dialog}
        </Form>
      )}
    >
      <p className="dialog-subject">{title}</p>
      <Form.Item name="reason" label={t('dismiss.reason')} rules={[{ required: true }]}>
        <Radio.Group
          className="reasons"
          options={DISMISS_REASONS.map((value) => ({
            value,
            label: `${t(`dismiss.${value}`)} — ${t(`dismiss.${value}Hint`)}`,
          }))}
        />
      </Form.Item>
      <Form.Item
        name="note"
        dependencies={['reason']}
        label={reason === 'other' ? t('dismiss.noteRequired') : t('dismiss.note')}
        rules={[{ required: reason === 'other', whitespace: true, message: t('dismiss.noteMissing') }]}
      >
        <Input.TextArea rows={2} maxLength={2000} placeholder={t('dismiss.notePlaceholder')} />
      </Form.Item>
      {!many && (
        <Form.Item name="insuredMet" label={t('dismiss.insuredMet')} extra={t('dismiss.insuredMetHint')}>
          <Select
            allowClear
            placeholder={t('dismiss.insuredMetNone')}
            options={INSURED_MET.map((value) => ({ value, label: t(`dismiss.met_${value}`) }))}
          />
        </Form.Item>
      )}
      <Alert type="info" showIcon title={t('dismiss.undoable')} />
    </Modal>
  );
}
