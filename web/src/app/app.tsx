import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { App as AntApp, ConfigProvider } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import { lazy, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { createBrowserRouter, Navigate, RouterProvider } from 'react-router';
import { ApiError } from '../api/errors.ts';
import { SessionProvider, useRight } from '../session/session.tsx';
import { PreferencesProvider, usePreferences } from './preferences.tsx';
import { CrashPage, NotFoundPage } from './route-errors.tsx';
import { Shell } from './shell.tsx';
import { themeOf } from './theme.ts';

const AlertListPage = lazy(() => import('../alerts/list-page.tsx'));
const AlertDetailPage = lazy(() => import('../alert/detail-page.tsx'));
const ClearingPage = lazy(() => import('../clearing/clearing-page.tsx'));
const DevicesPage = lazy(() => import('../devices/devices-page.tsx'));
const QuarantinePage = lazy(() => import('../quarantine/quarantine-page.tsx'));
const ChecksPage = lazy(() => import('../checks/checks-page.tsx'));
const AboutPage = lazy(() => import('../about/about-page.tsx'));

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // What the server refuses it will refuse again; only a line that failed is worth another try.
      retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
    },
  },
});

const router = createBrowserRouter([
  {
    element: <Shell />,
    errorElement: <CrashPage />,
    children: [
      { index: true, element: <Home /> },
      { path: 'alerts', element: <AlertListPage /> },
      { path: 'alerts/:id', element: <AlertDetailPage /> },
      { path: 'checks', element: <ChecksPage /> },
      { path: 'clearing', element: <ClearingPage /> },
      { path: 'devices', element: <DevicesPage /> },
      { path: 'quarantine', element: <QuarantinePage /> },
      { path: 'about', element: <AboutPage /> },
      { path: '*', element: <NotFoundPage /> },
    ],
  },
]);

/** What a role begins its day with. */
function Home() {
  const alerts = useRight('alerts.read');
  const devices = useRight('devices.read');
  return <Navigate to={alerts ? '/alerts' : devices ? '/devices' : '/about'} replace />;
}

function Themed({ children }: { readonly children: ReactNode }) {
  const { dark } = usePreferences();
  const { i18n } = useTranslation();
  return (
    <ConfigProvider
      locale={i18n.language === 'en' ? enUS : zhCN}
      theme={themeOf(dark)}
      button={{ autoInsertSpace: false }}
    >
      <AntApp>{children}</AntApp>
    </ConfigProvider>
  );
}

export function App() {
  return (
    <PreferencesProvider>
      <Themed>
        <QueryClientProvider client={queryClient}>
          <SessionProvider>
            <RouterProvider router={router} />
          </SessionProvider>
        </QueryClientProvider>
      </Themed>
    </PreferencesProvider>
  );
}
