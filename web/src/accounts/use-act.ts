import { useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useErrorMessage } from '../ui/error-text.ts';
import { keys, refusalIn } from './queries.ts';

/** Does one thing at a time with accounts, says how it went, and reads the lists again. */
export function useAct() {
  const { i18n } = useTranslation();
  const { message } = App.useApp();
  const report = useErrorMessage();
  const queryClient = useQueryClient();
  const [busy, setBusy] = useState(false);
  const act = async (work: () => Promise<unknown>, said: string): Promise<boolean> => {
    setBusy(true);
    try {
      await work();
      void message.success(said);
      return true;
    } catch (error) {
      report(error, refusalIn(error, i18n.language));
      return false;
    } finally {
      setBusy(false);
      for (const queryKey of Object.values(keys)) void queryClient.invalidateQueries({ queryKey });
    }
  };
  return { busy, act };
}
