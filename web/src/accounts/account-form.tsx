import { Form, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Account, type AccountChange, changeAccount, makeAccount, type NewAccount } from './queries.ts';
import { useAct } from './use-act.ts';

const ROLES = [
  'admin',
  'security',
  'auditor',
  'supervisor',
  'first_reviewer',
  'second_reviewer',
  'investigator',
  'legal',
  'director',
  'payments',
  'observer',
  'township',
  'integrator',
  'clinic',
] as const;

interface Fields {
  readonly username: string;
  readonly displayName: string;
  readonly personNo: string;
  readonly role: (typeof ROLES)[number];
  readonly code: string;
  readonly password?: string;
}

/** Asks for a new account, or for the change of one. Whether the place is a region or a clinic shows in its code. */
export function AccountForm({ account, onClose }: { readonly account: Account | null; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const { busy, act } = useAct();
  const [form] = Form.useForm<Fields>();
  const [bound, setBound] = useState<'region' | 'clinic'>(account?.clinicCode == null ? 'region' : 'clinic');
  const rules = [{ required: true, whitespace: true, message: t('accounts.required') }];

  const submit = async ({ code, password, username, personNo, ...fields }: Fields): Promise<void> => {
    const place = { regionCode: bound === 'region' ? code : null, clinicCode: bound === 'clinic' ? code : null };
    const secret = password === undefined || password === '' ? {} : { password };
    const done =
      account === null
        ? await act(
            () => makeAccount({ ...fields, ...place, username, personNo, password: password ?? '' } as NewAccount),
            t('accounts.asked'),
          )
        : await act(
            () => changeAccount(account.id, { ...fields, ...place, ...secret } as AccountChange),
            t('accounts.asked'),
          );
    if (done) onClose();
  };

  return (
    <Modal
      open
      title={account === null ? t('accounts.make') : `${t('accounts.change')} ${account.username}`}
      onCancel={onClose}
      onOk={() => form.submit()}
      confirmLoading={busy}
      cancelText={t('common.cancel')}
    >
      <Form<Fields>
        form={form}
        layout="vertical"
        onFinish={(fields) => void submit(fields)}
        initialValues={
          account === null
            ? { role: 'first_reviewer' }
            : {
                displayName: account.displayName,
                role: account.role,
                code: account.clinicCode ?? account.regionCode ?? '',
              }
        }
      >
        {account === null && (
          <>
            <Form.Item name="username" label={t('accounts.username')} rules={rules}>
              <Input autoComplete="off" />
            </Form.Item>
            <Form.Item name="personNo" label={t('accounts.personNo')} rules={rules}>
              <Input autoComplete="off" />
            </Form.Item>
          </>
        )}
        <Form.Item name="displayName" label={t('accounts.name')} rules={rules}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item name="role" label={t('accounts.role')} rules={rules}>
          <Select
            options={ROLES.map((value) => ({ value, label: t(`role.${value}`) }))}
            onChange={(role: string) => setBound(role === 'clinic' ? 'clinic' : 'region')}
          />
        </Form.Item>
        <Form.Item label={t('accounts.bound')} htmlFor="account-bound">
          <Select
            id="account-bound"
            value={bound}
            onChange={setBound}
            options={[
              { value: 'region', label: t('accounts.boundRegion') },
              { value: 'clinic', label: t('accounts.boundClinic') },
            ]}
          />
        </Form.Item>
        <Form.Item name="code" label={bound === 'region' ? t('accounts.region') : t('accounts.clinic')} rules={rules}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item
          name="password"
          label={account === null ? t('accounts.password') : t('accounts.newPassword')}
          extra={t('accounts.passwordHint')}
          rules={account === null ? rules : []}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
      </Form>
    </Modal>
  );
}
