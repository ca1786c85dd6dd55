import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { excludeMany } from '../api/queries.ts';
import type { AlertItem } from '../api/types.ts';
import { useErrorMessage } from '../ui/error-text.ts';
import { DismissDialog } from './dismiss-dialog.tsx';

/** What is done with several chosen alerts at once; shown while any is chosen. */
export function BulkBar({
  chosen,
  onDone,
}: {
  readonly chosen: readonly AlertItem[];
  /** With those that stay chosen, because they could not be excluded. */
  readonly onDone: (left: readonly string[]) => void;
}) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queryClient = useQueryClient();
  const report = useErrorMessage();
  const [open, setOpen] = useState(false);
  if (chosen.length === 0) return null;
  const exclude: Parameters<typeof DismissDialog>[0]['onDismiss'] = async ({ reason, note }) => {
    if (reason === undefined) return false;
    try {
      const { answers } = await excludeMany(
        chosen.map(({ id, version }) => ({ id, version })),
        reason,
        note,
      );
      const left = answers.filter(({ done }) => !done);
      await queryClient.invalidateQueries({ queryKey: ['alerts'] });
      onDone(left.map(({ id }) => id));
      const done = answers.length - left.length;
      if (left.length === 0) void message.success(t('flow.bulkDone', { count: done }));
      else void message.warning(t('flow.bulkPartly', { done, left: left.length }), 8);
      return true;
    } catch (error) {
      report(error);
      return false;
    }
  };
  return (
    <section className="bulk-bar" aria-label={t('flow.bulk')}>
      <Space>
        <strong>{t('flow.chosen', { count: chosen.length })}</strong>
        <Button type="primary" onClick={() => setOpen(true)}>
          {t('flow.excludeChosen')}
        </Button>
        <Button onClick={() => onDone([])}>{t('flow.chooseNone')}</Button>
      </Space>
      {open && (
        <DismissDialog
          title={t('flow.chosen', { count: chosen.length })}
          many
          onDismiss={exclude}
          onClose={() => setOpen(false)}
        />
      )}
    </section>
  );
}
