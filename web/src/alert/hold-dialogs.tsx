import { Form, Input, Modal, Radio } from 'antd';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Release } from '../api/queries.ts';

interface ReleaseDialogProps {
  readonly icon: ReactNode;
  readonly onRelease: (order: Release) => Promise<boolean>;
  readonly onClose: () => void;
}

interface ReleaseValues {
  readonly means: Release['means'];
  readonly witness?: string;
  readonly note?: string;
}

export function ReleaseDialog({ icon, onRelease, onClose }: ReleaseDialogProps) {
  const { t } = useTranslation();
  const [form] = Form.useForm<ReleaseValues>();
  const means = Form.useWatch('means', form) ?? 'id_card_witnessed';
  const [busy, setBusy] = useState(false);
  const submit = async (values: ReleaseValues): Promise<void> => {
    setBusy(true);
    const note = values.note?.trim() ?? '';
    const done = await onRelease({
      means: values.means,
      witness: values.means === 'id_card_witnessed' ? (values.witness?.trim() ?? '') : '',
      note: note === '' ? t('hold.idCard') : note,
    });
    setBusy(false);
    if (done) onClose();
  };
  return (
    <Modal
      open
      title={t('hold.releaseTitle')}
      okText={t('hold.release')}
      cancelText={t('common.cancel')}
      okButtonProps={{ htmlType: 'submit', loading: busy }}
      onCancel={onClose}
      destroyOnHidden
      modalRender={(dialog) => (
        <Form<ReleaseValues>
          form={form}
          layout="vertical"
          initialValues={{ means: 'id_card_witnessed' }}
          onFinish={(values) => void submit(values)}
        >
          {dialog}
        </Form>
      )}
    >
      <Form.Item name="means" label={t('hold.basis')}>
        <Radio.Group
          className="reasons"
          options={[
            {
              value: 'id_card_witnessed',
              label: (
                <>
                  {icon} {t('hold.idCard')}
                </>
              ),
            },
            { value: 'reviewer', label: t('hold.reviewed') },
          ]}
        />
      </Form.Item>
      {means === 'id_card_witnessed' && (
        <Form.Item
          name="witness"
          label={t('hold.witness')}
          rules={[{ required: true, whitespace: true, message: t('hold.witnessMissing') }]}
        >
          <Input maxLength={100} />
        </Form.Item>
      )}
      <Form.Item
        name="note"
        label={means === 'reviewer' ? t('dismiss.noteRequired') : t('dismiss.note')}
        rules={[{ required: means === 'reviewer', whitespace: true, message: t('dismiss.noteMissing') }]}
      >
        <Input.TextArea rows={2} maxLength={1000} />
      </Form.Item>
    </Modal>
  );
}

interface ConfirmDialogProps {
  readonly onConfirm: (note: string) => Promise<boolean>;
  readonly onClose: () => void;
}

export function ConfirmDialog({ onConfirm, onClose }: ConfirmDialogProps) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ note: string }>();
  const [busy, setBusy] = useState(false);
  const submit = async ({ note }: { note: string }): Promise<void> => {
    setBusy(true);
    const done = await onConfirm(note.trim());
    setBusy(false);
    if (done) onClose();
  };
  return (
    <Modal
      open
      title={t('hold.confirmTitle')}
      okText={t('hold.confirm')}
      cancelText={t('common.cancel')}
      okButtonProps={{ htmlType: 'submit', loading: busy, danger: true }}
      onCancel={onClose}
      destroyOnHidden
      modalRender={(dialog) => (
        <Form<{ note: string }> form={form} layout="vertical" onFinish={(values) => void submit(values)}>
          {dialog}
        </Form>
      )}
    >
      <p>{t('hold.confirmText')}</p>
      <Form.Item
        name="note"
        label={t('hold.grounds')}
        rules={[{ required: true, whitespace: true, message: t('dismiss.noteMissing') }]}
      >
        <Input.TextArea rows={2} maxLength={1000} autoFocus />
      </Form.Item>
    </Modal>
  );
}
