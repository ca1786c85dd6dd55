import { useQueryClient } from '@tanstack/react-query';
import { App, Form, Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { escalateAlert, keys } from '../api/queries.ts';
import type { AlertItem } from '../api/types.ts';
import { inLanguage } from '../i18n/index.ts';
import { useErrorMessage } from '../ui/error-text.ts';

/** Sends an alert up to whoever directs the work, with the reason. */
export function EscalateDialog({
  alert,
  onClose,
}: {
  readonly alert: Pick<AlertItem, 'id' | 'version' | 'title'>;
  readonly onClose: () => void;
}) {
  const { t, i18n } = useTranslation();
  const { message } = App.useApp();
  const queryClient = useQueryClient();
  const report = useErrorMessage();
  const [form] = Form.useForm<{ note: string }>();
  const [busy, setBusy] = useState(false);
  const submit = async ({ note }: { note: string }): Promise<void> => {
    setBusy(true);
    try {
      await escalateAlert(alert.id, alert.version, note.trim());
      void queryClient.invalidateQueries({ queryKey: ['alerts'] });
      void queryClient.invalidateQueries({ queryKey: keys.alert(alert.id) });
      void message.success(t('flow.escalateDone'));
      onClose();
    } catch (error) {
      report(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      open
      title={t('flow.escalate')}
      okText={t('flow.escalate')}
      cancelText={t('common.cancel')}
      okButtonProps={{ htmlType: 'submit', loading: busy }}
      onCancel={onClose}
      destroyOnHidden
      modalRender={(dialog) => (
        <Form form={form} layout="vertical" onFinish={(values) => void submit(values)}>
          {dialog}
        </Form>
      )}
    >
      <p className="dialog-subject">{inLanguage(alert.title, i18n.language)}</p>
      <Form.Item
        name="note"
        label={t('flow.noteRequired')}
        extra={t('flow.escalateHint')}
        rules={[{ required: true, whitespace: true, message: t('flow.required') }]}
      >
        <Input.TextArea rows={3} maxLength={2000} />
      </Form.Item>
    </Modal>
  );
}
