import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { useCallback, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/errors.ts';
import { keys, takeStep, undoStep } from '../api/queries.ts';
import type { AlertItem, Step, StepBody } from '../api/types.ts';
import { useErrorMessage } from '../ui/error-text.ts';
import { type AlertPages, withAlert } from './list-query.ts';

export type Actionable = Pick<AlertItem, 'id' | 'version' | 'state' | 'class'>;

function remember(queryClient: QueryClient, alert: AlertItem): void {
  queryClient.setQueriesData<AlertPages>({ queryKey: ['alerts'] }, (pages) => pages && withAlert(pages, alert));
  void queryClient.invalidateQueries({ queryKey: keys.alert(alert.id) });
  void queryClient.invalidateQueries({ queryKey: keys.summary });
}

/** What a reader may do with an alert of the list; the detail knows all of it from the server. */
export function quickStep(
  what: 'take' | 'exclude' | 'ask',
  alert: Actionable,
  rights: readonly string[],
): Extract<Step, 'take' | 'take_second' | 'exclude' | 'ask'> | null {
  const first = rights.includes('alerts.first') && (alert.state === 'new' || alert.state === 'first_review');
  const second = rights.includes('alerts.second') && (alert.class === 'fraud' || alert.class === 'evidence');
  if (what === 'ask') return first ? 'ask' : null;
  if (what === 'exclude') return first || (second && alert.state === 'second_review') ? 'exclude' : null;
  if (first && alert.state === 'new') return 'take';
  return second && (alert.state === 'explained' || alert.state === 'overdue') ? 'take_second' : null;
}

/** Takes steps with alerts; each says what came of it and offers the way back. */
export function useSteps() {
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

  const undo = useCallback(
    async (alert: Actionable): Promise<boolean> => {
      const changed = await attempt(alert, () => undoStep(alert.id, alert.version));
      if (changed === null) return false;
      last.current = null;
      void message.success(t('flow.undone'));
      return true;
    },
    [attempt, message, t],
  );

  const take = useCallback(
    async (alert: Actionable, body: Omit<StepBody, 'version'>): Promise<boolean> => {
      const changed = await attempt(alert, () => takeStep(alert.id, { ...body, version: alert.version }));
      if (changed === null) return false;
      last.current = changed;
      const key = `done-${changed.id}`;
      message.open({
        key,
        type: 'success',
        duration: 6,
        content: (
          <>
            {t('flow.done', { step: t(`flow.${body.step}`) })}
            <Button
              type="link"
              size="small"
              onClick={() => {
                message.destroy(key);
                void undo(changed);
              }}
            >
              {t('flow.undo')}
            </Button>
          </>
        ),
      });
      return true;
    },
    [attempt, message, t, undo],
  );

  /** Takes back what was done last on this page. */
  const undoLast = useCallback(async (): Promise<boolean> => {
    if (last.current === null) {
      void message.info(t('flow.nothingToUndo'));
      return false;
    }
    return undo(last.current);
  }, [undo, message, t]);

  return { take, undo, undoLast };
}
