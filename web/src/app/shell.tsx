import {
  AuditOutlined,
  BulbFilled,
  BulbOutlined,
  FileSearchOutlined,
  FileUnknownOutlined,
  InfoCircleOutlined,
  LogoutOutlined,
  UnorderedListOutlined,
  UserOutlined,
  VideoCameraOutlined,
} from '@ant-design/icons';
import { Button, Dropdown, Layout, Menu, Result, Spin, Tooltip } from 'antd';
import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Outlet, useLocation } from 'react-router';
import { LiveAlertsProvider } from '../alerts/live.tsx';
import { StreamBadge } from '../alerts/stream-badge.tsx';
import { LoginPage } from '../session/login-page.tsx';
import { useRight, useSession, useSessionControl } from '../session/session.tsx';
import { Logo } from '../ui/logo.tsx';
import { LanguageSwitch } from './language-switch.tsx';
import { usePreferences } from './preferences.tsx';

/** What stands around every page: the log-in while nobody is, else header and page. */
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
  return <Inside />;
}

function Inside() {
  const { t } = useTranslation();
  const mayRead = useRight('alerts.read');
  return (
    <LiveAlertsProvider enabled={mayRead}>
      <Layout className="shell">
        <a className="skip-link" href="#page">
          {t('nav.skip')}
        </a>
        <Header />
        <Layout.Content id="page" className="page">
          <Suspense fallback={<Spin className="page-spin" description={t('common.loading')} />}>
            <Outlet />
          </Suspense>
        </Layout.Content>
      </Layout>
    </LiveAlertsProvider>
  );
}

function Header() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const { dark, setDark } = usePreferences();
  const { user } = useSession();
  const { logOut } = useSessionControl();
  const mayAlerts = useRight('alerts.read');
  const mayCheck = useRight('alerts.act');
  const mayClearing = useRight('clearing.read');
  const mayDevices = useRight('devices.read');
  const mayMap = useRight('claims.map');
  const mayClaims = useRight('claims.read') || mayMap;
  const items = [
    mayAlerts && { key: 'alerts', icon: <UnorderedListOutlined />, label: <Link to="/alerts">{t('nav.alerts')}</Link> },
    mayCheck && { key: 'checks', icon: <FileSearchOutlined />, label: <Link to="/checks">{t('nav.checks')}</Link> },
    mayClearing && { key: 'clearing', icon: <AuditOutlined />, label: <Link to="/clearing">{t('nav.clearing')}</Link> },
    mayDevices && {
      key: 'devices',
      icon: <VideoCameraOutlined />,
      label: <Link to="/devices">{t('nav.devices')}</Link>,
    },
    mayClaims && {
      key: 'quarantine',
      icon: <FileUnknownOutlined />,
      label: <Link to="/quarantine">{t('nav.quarantine')}</Link>,
    },
    { key: 'about', icon: <InfoCircleOutlined />, label: <Link to="/about">{t('nav.about')}</Link> },
  ].filter((item) => item !== false);

  return (
    <Layout.Header className="header">
      <Link to="/" className="brand" aria-label={t('product.name')}>
        <Logo size={26} />
        <span>{t('product.name')}</span>
      </Link>
      <Menu
        theme="dark"
        mode="horizontal"
        className="nav"
        selectedKeys={[pathname.split('/')[1] ?? '']}
        items={items}
        disabledOverflow={false}
      />
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
          <Button type="text" className="on-dark" icon={<UserOutlined />}>
            {user.displayName}
          </Button>
        </Dropdown>
      </div>
    </Layout.Header>
  );
}
