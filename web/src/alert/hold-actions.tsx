import { CheckCircleOutlined, IdcardOutlined, StopOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, Modal, Radio, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { confirmHold, keys, releaseHold } from '../api/queries.ts';
import type { Decision } from '../api/types.ts';
import { useErrorText } from '../ui/error-text.ts';

interface HoldActionsProps {
  readonly decision: Decision;
  readonly alertId: string;
}

/** Releasing takes one person, confirming takes two: the machine's doubt never weighs more than a card in the hand. */
export function HoldActions({ decision, alertId }: HoldActionsProps) {
  const { t } = useTranslation();
  const { modal, message } = App.useApp();
  const queryClient = useQueryClient();
  const errorText = useErrorText();
  const [releasing, setReleasing] = useState(false);

  const refresh = (): void => {
    void queryClient.invalidateQueries({ queryKey: keys.alert(alertId) });
    void queryClient.invalidateQueries({ queryKey: ['holds'] });
  };
  const confirm = (): void => {
    modal.confirm({
      title: t('hold.confirmTitle'),
      content: t('hold.confirmText'),
      okText: t('hold.confirm'),
      cancelText: t('common.cancel'),
      onOk: async () => {
        try {
          await confirmHold(decision.id);
          void message.success(t('hold.confirmed'));
        } catch (error) {
          void message.error(errorText(error));
        }
        refresh();
      },
    });
  };
  return (
    <Space wrap>
      <Button type="primary" icon={<CheckCircleOutlined />} onClick={() => setReleasing(true)}>
        {t('hold.release')}
      </Button>
      <Button danger icon={<StopOutlined />} onClick={confirm}>
        {t('hold.confirm')}
      </Button>
      {releasing && <ReleaseDialog decision={decision} onClose={() => setReleasing(false)} onDone={refresh} />}
    </Space>
  );
}

interface ReleaseValues {
  readonly kind: 'id_card_witnessed' | 'reviewer';
  readonly witness?: string;
  readonly note?: string;
}

function ReleaseDialog({
  decision,
  onClose,
  onDone,
}: {
  readonly decision: Decision;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const [form] = Form.useForm<ReleaseValues>();
  const kind = Form.useWatch('kind', form) ?? 'id_card_witnessed';
  const [busy, setBusy] = useState(false);
  const submit = async (values: ReleaseValues): Promise<void> => {
    setBusy(true);
    try {
      await releaseHold(decision.id, {
        kind: values.kind,
        witness: values.witness?.trim() ?? '',
        note: values.note?.trim() ?? '',
      });
      void message.success(t('hold.released'));
      onClose();
    } catch (error) {
      void message.error(errorText(error));
    } finally {
      setBusy(false);
      onDone();
    }
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
          initialValues={{ kind: 'id_card_witnessed' }}
          onFinish={(values) => void submit(values)}
        >
          {dialog}
        </Form>
      )}
    >
      <Form.Item name="kind" label={t('hold.basis')}>
        <Radio.Group
          className="reasons"
          options={[
            {
              value: 'id_card_witnessed',
              label: (
                <>
                  <IdcardOutlined /> {t('hold.idCard')}
                </>
              ),
            },
            { value: 'reviewer', label: t('hold.reviewed') },
          ]}
        />
      </Form.Item>
      {kind === 'id_card_witnessed' && (
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
        label={t('dismiss.note')}
        rules={[{ required: kind === 'reviewer', whitespace: true, message: t('dismiss.noteMissing') }]}
      >
        <Input.TextArea rows={2} maxLength={2000} />
      </Form.Item>
    </Modal>
  );
}
