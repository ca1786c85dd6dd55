import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { ApiError } from '../api/errors.ts';
import { onSessionExpired, setCsrfToken } from '../api/http.ts';
import { endSession, readSession, type Session, startSession } from './session-api.ts';

export type SessionState =
  | { readonly kind: 'restoring' }
  | { readonly kind: 'out'; readonly expired: boolean }
  | { readonly kind: 'in'; readonly session: Session }
  | { readonly kind: 'unreachable' };

interface SessionContextValue {
  readonly state: SessionState;
  readonly logIn: (username: string, password: string, code?: string) => Promise<void>;
  readonly logOut: () => Promise<void>;
  readonly retry: () => void;
}

const SessionContext = createContext<SessionContextValue | null>(null);

export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const queryClient = useQueryClient();
  const [state, setState] = useState<SessionState>({ kind: 'restoring' });
  const [attempt, setAttempt] = useState(0);

  const enter = useCallback((session: Session) => {
    setCsrfToken(session.csrfToken);
    setState({ kind: 'in', session });
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` is the reader's wish to try again
  useEffect(() => {
    let current = true;
    setState({ kind: 'restoring' });
    readSession()
      .then((session) => {
        if (current) enter(session);
      })
      .catch((error: unknown) => {
        if (!current) return;
        const known = error instanceof ApiError && error.status >= 400 && error.status < 500;
        setState(known ? { kind: 'out', expired: false } : { kind: 'unreachable' });
      });
    return () => {
      current = false;
    };
  }, [attempt, enter]);

  useEffect(
    () =>
      onSessionExpired(() => {
        setState((before) => (before.kind === 'in' ? { kind: 'out', expired: true } : before));
      }),
    [],
  );

  const value = useMemo<SessionContextValue>(
    () => ({
      state,
      logIn: async (username, password, code) => {
        const session = await startSession(username, password, code);
        // What another person was allowed to see on this screen must not be shown to this one.
        queryClient.clear();
        enter(session);
      },
      logOut: async () => {
        await endSession();
        setCsrfToken(null);
        queryClient.clear();
        setState({ kind: 'out', expired: false });
      },
      retry: () => setAttempt((n) => n + 1),
    }),
    [state, enter, queryClient],
  );
  return <SessionContext.Provider value={value}>{children}</SessionContext.Provider>;
}

export function useSessionControl(): SessionContextValue {
  const value = useContext(SessionContext);
  if (value === null) throw new Error('SessionProvider is missing');
  return value;
}

/** The session of a page behind the log-in. */
export function useSession(): Session {
  const { state } = useSessionControl();
  if (state.kind !== 'in') throw new Error('this page stands behind the log-in');
  return state.session;
}

export const useRight = (right: string): boolean => useSession().user.rights.some((known) => known === right);
