import { Button, Result } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <Result
      status="404"
      title={t('error.pageMissing')}
      extra={
        <Link to="/alerts">
          <Button type="primary">{t('nav.backToList')}</Button>
        </Link>
      }
    />
  );
}

/** A page that could not be shown; most often its file is gone because a newer version was installed meanwhile. */
export function CrashPage() {
  const { t } = useTranslation();
  return (
    <Result
      status="500"
      title={t('error.crash')}
      subTitle={t('error.crashRemedy')}
      extra={
        <Button type="primary" onClick={() => window.location.reload()}>
          {t('error.reload')}
        </Button>
      }
    />
  );
}
