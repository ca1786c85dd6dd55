import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';

interface Preferences {
  readonly dark: boolean;
  readonly setDark: (dark: boolean) => void;
}

const STORAGE_KEY = 'claimsight.dark';
const PreferencesContext = createContext<Preferences>({ dark: false, setDark: () => {} });

export function PreferencesProvider({ children }: { readonly children: ReactNode }) {
  const [dark, setDarkState] = useState(() => localStorage.getItem(STORAGE_KEY) === '1');
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  const value = useMemo(
    () => ({
      dark,
      setDark: (next: boolean) => {
        localStorage.setItem(STORAGE_KEY, next ? '1' : '0');
        setDarkState(next);
      },
    }),
    [dark],
  );
  return <PreferencesContext.Provider value={value}>{children}</PreferencesContext.Provider>;
}

export const usePreferences = (): Preferences => useContext(PreferencesContext);
