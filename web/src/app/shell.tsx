import { BulbFilled, BulbOutlined, LogoutOutlined, MenuOutlined, UserOutlined } from '@ant-design/icons';
import { Button, Drawer, Dropdown, Grid, Layout, Result, Spin, Tooltip, Watermark } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Outlet } from 'react-router';
import { LiveAlertsProvider } from '../alerts/live.tsx';
import { StreamBadge } from '../alerts/stream-badge.tsx';
import { LoginPage } from '../session/login-page.tsx';
import { useRight, useSession, useSessionControl } from '../session/session.tsx';
import { formatDateTime } from '../ui/format.ts';
import { Logo } from '../ui/logo.tsx';
import { useNow } from '../ui/use-now.ts';
import { LanguageSwitch } from './language-switch.tsx';
import { Navigation } from './navigation.tsx';
import { usePreferences } from './preferences.tsx';

const SecurityPage = lazy(() => import('../session/security-page.tsx'));

/** What stands around every page: the log-in while nobody is, else header, navigation and page. */
export function Shell() {
  const { t } = useTranslation();
  const { state, retry } = useSessionControl();
  if (state.kind === 'restoring') return <Spin fullscreen description={t('common.loading')} />;
  if (state.kind === 'out') return <LoginPage expired={state.expired} />;
  if (state.kind === 'unreachable') {
    return (
      <Result
        status="warning"
        title={t('error.unreachable')}
        subTitle={t('error.unreachableRemedy')}
        extra={
          <Button type="primary" onClick={retry}>
            {t('common.retry')}
          </Button>
        }
      />
    );
  }
  if (state.session.mustEnrol) return <EnrolFirst />;
  return <Inside />;
}

/** A role that must have a second factor sees nothing else before. */
function EnrolFirst() {
  const { t } = useTranslation();
  const { logOut } = useSessionControl();
  return (
    <main className="page">
      <Suspense fallback={<Spin className="page-spin" description={t('common.loading')} />}>
        <SecurityPage />
      </Suspense>
      <Button onClick={() => void logOut()}>{t('nav.logOut')}</Button>
    </main>
  );
}

function Inside() {
  const { t } = useTranslation();
  const mayRead = useRight('alerts.read');
  const { narrow, setNarrow } = usePreferences();
  const wide = Grid.useBreakpoint().lg ?? true;
  const [open, setOpen] = useState(false);
  return (
    <LiveAlertsProvider enabled={mayRead}>
      <Layout className="shell">
        <a className="skip-link" href="#page">
          {t('nav.skip')}
        </a>
        <Header onMenu={() => (wide ? setNarrow(!narrow) : setOpen(true))} />
        <Layout className="shell-body">
          {wide ? (
            <Layout.Sider className="sider" width={184} collapsedWidth={52} collapsed={narrow} theme="light">
              <Navigation collapsed={narrow} />
            </Layout.Sider>
          ) : (
            <Drawer
              open={open}
              onClose={() => setOpen(false)}
              placement="left"
              size={240}
              title={t('product.name')}
              className="drawer"
            >
              <Navigation collapsed={false} onChosen={() => setOpen(false)} />
            </Drawer>
          )}
          <Marked>
            <Layout.Content id="page" className="page" tabIndex={-1}>
              <Suspense fallback={<Spin className="page-spin" description={t('common.loading')} />}>
                <Outlet />
              </Suspense>
            </Layout.Content>
          </Marked>
        </Layout>
      </Layout>
    </LiveAlertsProvider>
  );
}

/** Who looks and when stands across every page: a photograph of the screen tells where it came from. */
function Marked({ children }: { readonly children: React.ReactNode }) {
  const { i18n } = useTranslation();
  const { user } = useSession();
  const now = useNow(60_000);
  return (
    <Watermark
      content={[`${user.displayName} ${user.username}`, formatDateTime(now, i18n.language).slice(0, -3)]}
      // Its own `overflow: hidden` would keep sticky heads from staying on the screen.
      style={{ overflow: 'visible' }}
      className="marked"
      gap={[150, 130]}
      font={{ fontSize: 13, color: 'rgba(125,125,125,0.11)' }}
    >
      {children}
    </Watermark>
  );
}

function Header({ onMenu }: { readonly onMenu: () => void }) {
  const { t } = useTranslation();
  const { dark, setDark } = usePreferences();
  const { user } = useSession();
  const { logOut } = useSessionControl();
  const mayAlerts = useRight('alerts.read');
  return (
    <Layout.Header className="header">
      <Button type="text" className="on-dark" icon={<MenuOutlined />} aria-label={t('nav.menu')} onClick={onMenu} />
      <Link to="/" className="brand" aria-label={t('product.name')}>
        <Logo size={26} />
        <span>{t('product.name')}</span>
      </Link>
      <div className="header-tools">
        {mayAlerts && <StreamBadge />}
        <LanguageSwitch />
        <Tooltip title={dark ? t('nav.light') : t('nav.dark')}>
          <Button
            type="text"
            className="on-dark"
            icon={dark ? <BulbFilled /> : <BulbOutlined />}
            aria-label={dark ? t('nav.light') : t('nav.dark')}
            onClick={() => setDark(!dark)}
          />
        </Tooltip>
        <Dropdown
          trigger={['click']}
          menu={{
            items: [
              { key: 'role', label: `${user.username} · ${t(`role.${user.role}`)}`, disabled: true },
              { type: 'divider' },
              { key: 'out', icon: <LogoutOutlined />, label: t('nav.logOut'), onClick: () => void logOut() },
            ],
          }}
        >
          <Button type="text" className="on-dark account" icon={<UserOutlined />}>
            <span className="account-name">{user.displayName}</span>
          </Button>
        </Dropdown>
      </div>
    </Layout.Header>
  );
}
