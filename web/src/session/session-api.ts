import * as api from '../api/generated/sdk.gen.ts';
import type { GetSessionResponse } from '../api/generated/types.gen.ts';

export type Session = GetSessionResponse;

/** Who is logged in by the cookie that the browser holds. @throws ApiError 401 when nobody is */
export const readSession = async (): Promise<Session> => (await api.getSession({ throwOnError: true })).data;

export const startSession = async (username: string, password: string, code?: string): Promise<Session> =>
  (await api.logIn({ body: { username, password, ...(code === undefined ? {} : { code }) }, throwOnError: true })).data;

export const endSession = async (): Promise<void> => {
  await api.logOut({ throwOnError: true });
};
