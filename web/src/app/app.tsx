import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { App as AntApp, ConfigProvider } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { createBrowserRouter, Navigate, RouterProvider } from 'react-router';
import { ApiError } from '../api/errors.ts';
import { SessionProvider, useSession } from '../session/session.tsx';
import { INNER_PAGES, MENU_PAGES, menuFor } from './pages.tsx';
import { PreferencesProvider, usePreferences } from './preferences.tsx';
import { CrashPage, NotFoundPage } from './route-errors.tsx';
import { Shell } from './shell.tsx';
import { themeOf } from './theme.ts';

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
      ...[...MENU_PAGES, ...INNER_PAGES].map(({ path, Page }) => ({ path, element: <Page /> })),
      { path: '*', element: <NotFoundPage /> },
    ],
  },
]);

/** The first page of a reader's navigation. */
function Home() {
  const { user } = useSession();
  return <Navigate to={`/${menuFor(user.rights)[0]?.path ?? 'about'}`} replace />;
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
