import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';

interface Preferences {
  readonly dark: boolean;
  readonly setDark: (dark: boolean) => void;
  /** The navigation shows icons alone. */
  readonly narrow: boolean;
  readonly setNarrow: (narrow: boolean) => void;
}

const PreferencesContext = createContext<Preferences>({
  dark: false,
  setDark: () => {},
  narrow: false,
  setNarrow: () => {},
});

function useStored(key: string): [boolean, (value: boolean) => void] {
  const [value, setValue] = useState(() => localStorage.getItem(key) === '1');
  return [
    value,
    (next) => {
      localStorage.setItem(key, next ? '1' : '0');
      setValue(next);
    },
  ];
}

export function PreferencesProvider({ children }: { readonly children: ReactNode }) {
  const [dark, setDark] = useStored('claimsight.dark');
  const [narrow, setNarrow] = useStored('claimsight.narrow');
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  // biome-ignore lint/correctness/useExhaustiveDependencies: the setters do the same in every render
  const value = useMemo(() => ({ dark, setDark, narrow, setNarrow }), [dark, narrow]);
  return <PreferencesContext.Provider value={value}>{children}</PreferencesContext.Provider>;
}

export const usePreferences = (): Preferences => useContext(PreferencesContext);
