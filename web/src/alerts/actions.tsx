import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { useCallback, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/errors.ts';
import { acknowledgeAlert, confirmAlert, dismissAlert, keys, reopenAlert } from '../api/queries.ts';
import type { AlertItem, DismissReason, InsuredMet } from '../api/types.ts';
import { useErrorMessage } from '../ui/error-text.ts';
import { type AlertPages, withAlert } from './list-query.ts';

type Actionable = Pick<AlertItem, 'id' | 'version' | 'state' | 'class'>;

function remember(queryClient: QueryClient, alert: AlertItem): void {
  queryClient.setQueriesData<AlertPages>({ queryKey: ['alerts'] }, (pages) => pages && withAlert(pages, alert));
  void queryClient.invalidateQueries({ queryKey: keys.alert(alert.id) });
  void queryClient.invalidateQueries({ queryKey: keys.summary });
}

export const mayAcknowledge = (alert: Actionable): boolean => alert.state === 'open';
export const mayDismiss = (alert: Actionable): boolean => alert.state === 'open' || alert.state === 'acknowledged';
/** 属实 is said of suspicions; of what cameras and data report there is nothing to confirm. */
export const mayConfirm = (alert: Actionable): boolean => alert.class === 'fraud' && mayDismiss(alert);
export const mayReopen = (alert: Actionable): boolean =>
  alert.state === 'dismissed' || alert.state === 'acknowledged' || alert.state === 'confirmed';

/** What a reviewer does with an alert; each says what came of it and offers the way back. */
export function useAlertActions() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queryClient = useQueryClient();
  const report = useErrorMessage();
  const last = useRef<Actionable | null>(null);

  const attempt = useCallback(
    async (alert: Actionable, act: () => Promise<AlertItem>): Promise<AlertItem | null> => {
      try {
        const changed = await act();
        remember(queryClient, changed);
        return changed;
      } catch (error) {
        const stale = error instanceof ApiError && error.status === 409;
        report(error);
        if (stale) {
          void queryClient.invalidateQueries({ queryKey: keys.alert(alert.id) });
          void queryClient.invalidateQueries({ queryKey: ['alerts'] });
        }
        return null;
      }
    },
    [queryClient, report],
  );

  const reopen = useCallback(
    async (alert: Actionable, note = ''): Promise<boolean> => {
      const changed = await attempt(alert, () => reopenAlert(alert.id, alert.version, note));
      if (changed === null) return false;
      last.current = null;
      void message.success(t('action.reopened'));
      return true;
    },
    [attempt, message, t],
  );

  const announce = useCallback(
    (text: string, changed: AlertItem) => {
      last.current = changed;
      const key = `done-${changed.id}`;
      message.open({
        key,
        type: 'success',
        duration: 6,
        content: (
          <>
            {text}
            <Button
              type="link"
              size="small"
              onClick={() => {
                message.destroy(key);
                void reopen(changed);
              }}
            >
              {t('action.undo')}
            </Button>
          </>
        ),
      });
    },
    [message, reopen, t],
  );

  const acknowledge = useCallback(
    async (alert: Actionable): Promise<boolean> => {
      const changed = await attempt(alert, () => acknowledgeAlert(alert.id, alert.version));
      if (changed !== null) announce(t('action.acknowledged'), changed);
      return changed !== null;
    },
    [attempt, announce, t],
  );

  const confirm = useCallback(
    async (alert: Actionable): Promise<boolean> => {
      const changed = await attempt(alert, () => confirmAlert(alert.id, alert.version));
      if (changed !== null) announce(t('action.confirmed'), changed);
      return changed !== null;
    },
    [attempt, announce, t],
  );

  const dismiss = useCallback(
    async (alert: Actionable, reason: DismissReason, note: string, insuredMet?: InsuredMet): Promise<boolean> => {
      const changed = await attempt(alert, () => dismissAlert(alert.id, alert.version, reason, note, insuredMet));
      if (changed !== null) announce(t('action.dismissed', { reason: t(`dismiss.${reason}`) }), changed);
      return changed !== null;
    },
    [attempt, announce, t],
  );

  /** Takes back what was done last on this page. */
  const undoLast = useCallback(async (): Promise<boolean> => {
    if (last.current === null) {
      void message.info(t('action.nothingToUndo'));
      return false;
    }
    return reopen(last.current);
  }, [reopen, message, t]);

  return { acknowledge, confirm, dismiss, reopen, undoLast };
}
