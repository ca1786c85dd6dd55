import { ApiError } from '../api/errors.ts';
import * as api from '../api/generated/sdk.gen.ts';
import type {
  ChangeUserData,
  CreateUserData,
  ListAccountRequestsResponse,
  ListSessionsResponse,
  ListUsersResponse,
} from '../api/generated/types.gen.ts';

export type Account = ListUsersResponse['items'][number];
export type AccountRequest = ListAccountRequestsResponse['items'][number];
export type SessionItem = ListSessionsResponse['items'][number];
export type NewAccount = CreateUserData['body'];
export type AccountChange = NonNullable<ChangeUserData['body']>;

export const keys = {
  accounts: ['accounts'] as const,
  requests: ['account-requests'] as const,
  sessions: ['sessions'] as const,
};

const PAGE = 100;

export const fetchAccounts = async (cursor: string | null, signal: AbortSignal) =>
  (
    await api.listUsers({
      query: { limit: PAGE, ...(cursor === null ? {} : { cursor }) },
      signal,
      throwOnError: true,
    })
  ).data;
export const fetchRequests = async () => (await api.listAccountRequests({ throwOnError: true })).data.items;
export const fetchSessions = async () => (await api.listSessions({ throwOnError: true })).data.items;

export const makeAccount = async (body: NewAccount) => (await api.createUser({ body, throwOnError: true })).data;
export const changeAccount = async (id: string, body: AccountChange) =>
  (await api.changeUser({ path: { id }, body, throwOnError: true })).data;
export const decide = async (id: string, approve: boolean, reason?: string) => {
  const body = { approve, ...(reason === undefined ? {} : { reason }) };
  await api.decideAccountRequest({ path: { id }, body, throwOnError: true });
};
export const resetTotp = async (id: string) => {
  await api.resetSecondFactor({ path: { id }, throwOnError: true });
};
export const endSession = async (id: string) => {
  await api.endSession({ path: { id }, throwOnError: true });
};

/** What the API says of a refusal in the reader's language, where it says it in both. */
export function refusalIn(error: unknown, language: string): string | undefined {
  if (!(error instanceof ApiError) || error.code !== 'conflict') return undefined;
  if (language !== 'en' && typeof error.details.zh === 'string') return error.details.zh;
  return language === 'en' ? [error.message, error.remedy].filter(Boolean).join('. ') : undefined;
}
