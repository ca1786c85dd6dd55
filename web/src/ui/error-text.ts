import { App } from 'antd';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/errors.ts';

/** What went wrong, in the reader's language. The API's own words are English, so they stand beside, never alone. */
export function useErrorText(): (error: unknown) => string {
  const { t, i18n } = useTranslation();
  return useCallback(
    (error) => {
      if (!(error instanceof ApiError)) return t('error.unknown');
      switch (error.code) {
        case 'unreachable':
        case 'unavailable':
          return t('error.unreachable');
        case 'forbidden':
          return t('error.forbidden');
        case 'not_found':
          return t('error.notFound');
        case 'conflict':
          return t('action.stale');
        case 'rate_limited':
          return t('error.rateLimited');
        case 'csrf':
          return t('error.csrf');
        case 'unauthenticated':
          return t('login.expired');
        case 'invalid_input':
          return i18n.language === 'en' ? error.message : t('error.invalid', { message: error.message });
        default:
          return t('error.unknown');
      }
    },
    [t, i18n.language],
  );
}

/** Shows what went wrong; not that a session has ended, because the log-in says so itself. */
export function useErrorMessage(): (error: unknown, instead?: string) => void {
  const { message } = App.useApp();
  const errorText = useErrorText();
  return useCallback(
    (error, instead) => {
      if (error instanceof ApiError && error.status === 401) return;
      void message.error(instead ?? errorText(error));
    },
    [message, errorText],
  );
}
