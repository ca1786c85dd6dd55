import { Button, Result, Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/errors.ts';
import { useErrorText } from './error-text.ts';

/** A page or part that could not be read: why, and what one can do. */
export function FailureResult({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const status =
    error instanceof ApiError && error.status === 403
      ? '403'
      : error instanceof ApiError && error.status === 404
        ? '404'
        : 'error';
  return (
    <Result
      status={status}
      title={errorText(error)}
      extra={
        status === 'error' ? (
          <Button type="primary" onClick={onRetry}>
            {t('common.retry')}
          </Button>
        ) : undefined
      }
    />
  );
}

export function NoRight() {
  const { t } = useTranslation();
  return <Result status="403" title={t('error.forbidden')} subTitle={t('error.forbiddenRemedy')} />;
}

export function ListSkeleton({ rows }: { readonly rows: number }) {
  return (
    <div className="skeletons" aria-busy="true">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <Skeleton key={row} active title={false} paragraph={{ rows: 2 }} />
      ))}
    </div>
  );
}
