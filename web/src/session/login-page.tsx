import { LockOutlined, SafetyOutlined, UserOutlined } from '@ant-design/icons';
import { Alert, Button, Card, Form, Input, Typography } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/errors.ts';
import { LanguageSwitch } from '../app/language-switch.tsx';
import { Logo } from '../ui/logo.tsx';
import { useSessionControl } from './session.tsx';

interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly code?: string;
}

/** Shown in place of every page while nobody is logged in: the address stays, so one comes back to where one was. */
export function LoginPage({ expired }: { readonly expired: boolean }) {
  const { t } = useTranslation();
  const { logIn } = useSessionControl();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [codeAsked, setCodeAsked] = useState(false);
  const describe = useFailureText();

  const submit = async ({ username, password, code }: Credentials): Promise<void> => {
    setBusy(true);
    setFailure(null);
    try {
      await logIn(username.trim(), password, code?.trim() || undefined);
    } catch (error) {
      const wantsCode = error instanceof ApiError && error.code === 'totp_required';
      if (wantsCode) setCodeAsked(true);
      setFailure(wantsCode && error.details.why !== 'code' ? null : describe(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <main className="login">
      <Card className="login-card">
        <header className="login-head">
          <Logo size={40} />
          <div>
            <Typography.Title level={1}>{t('product.name')}</Typography.Title>
            <Typography.Text type="secondary">{t('product.tagline')}</Typography.Text>
          </div>
        </header>
        {expired && failure === null && <Alert type="info" showIcon title={t('login.expired')} />}
        {failure !== null && <Alert type="error" showIcon title={failure} role="alert" />}
        <Form<Credentials> layout="vertical" requiredMark={false} onFinish={(values) => void submit(values)}>
          <Form.Item
            name="username"
            label={t('login.username')}
            rules={[{ required: true, message: t('login.usernameMissing') }]}
          >
            <Input prefix={<UserOutlined />} autoComplete="username" autoFocus size="large" />
          </Form.Item>
          <Form.Item
            name="password"
            label={t('login.password')}
            rules={[{ required: true, message: t('login.passwordMissing') }]}
          >
            <Input.Password prefix={<LockOutlined />} autoComplete="current-password" size="large" />
          </Form.Item>
          {codeAsked && (
            <Form.Item
              name="code"
              label={t('security.loginCode')}
              extra={t('security.loginCodeHint')}
              rules={[{ required: true, message: t('accounts.required') }]}
            >
              <Input prefix={<SafetyOutlined />} autoComplete="one-time-code" autoFocus maxLength={20} size="large" />
            </Form.Item>
          )}
          <Button type="primary" htmlType="submit" size="large" block loading={busy}>
            {t('login.submit')}
          </Button>
        </Form>
        <footer className="login-foot">
          <Typography.Text type="secondary">{t('login.audited')}</Typography.Text>
          <LanguageSwitch />
        </footer>
      </Card>
    </main>
  );
}

function useFailureText(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    if (!(error instanceof ApiError)) return t('login.failed');
    if (error.code === 'unreachable') return t('login.unreachable');
    if (error.status === 429) return t('login.locked');
    if (error.code === 'totp_required') return t('security.loginCodeWrong');
    if (error.status === 401) return t('login.wrong');
    return t('login.failed');
  };
}
