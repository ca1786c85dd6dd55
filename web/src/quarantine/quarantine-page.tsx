import { Typography } from 'antd';
import { useTranslation } from 'react-i18next';

export default function QuarantinePage() {
  const { t } = useTranslation();
  return <Typography.Title level={2}>{t('quarantine.title')}</Typography.Title>;
}
